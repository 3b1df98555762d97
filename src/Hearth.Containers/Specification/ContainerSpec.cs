using System.Text.Json;

namespace Hearth.Containers.Specification;

/// <summary>
/// A container as the OCI runtime specification 1.2 describes it (config.json). The model has the members that apply to a
/// machine, or that engines set on every container. Other members are ignored. Flags, bundles and API requests all become one
/// of these. The generated reader assigns null to members that a document omits, so members with a default accept null for
/// it.
/// </summary>
public sealed record ContainerSpec
{
    /// <summary>The version of the specification that this model follows.</summary>
    public const string CurrentVersion = "1.2.0";

    public string OciVersion { get; init => field = value ?? CurrentVersion; } = CurrentVersion;

    public ProcessSpec? Process { get; init; }

    public RootSpec? Root { get; init; }

    public string? Hostname { get; init; }

    public string? Domainname { get; init; }

    public IReadOnlyList<MountSpec> Mounts { get; init => field = value ?? []; } = [];

    public HooksSpec? Hooks { get; init; }

    public LinuxSpec? Linux { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <exception cref="HearthException">The bytes are not JSON, or not a container description.</exception>
    public static ContainerSpec Parse(ReadOnlySpan<byte> json, string name)
    {
        ContainerSpec spec = SpecificationReading.Read(json, SpecificationJson.Default.ContainerSpec, $"the container description '{name}'");
        return spec with { Process = spec.Process?.AsText() };
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, SpecificationJson.Default.ContainerSpec);
}
