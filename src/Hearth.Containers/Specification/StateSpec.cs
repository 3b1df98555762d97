using System.Text.Json;

namespace Hearth.Containers.Specification;

/// <summary>
/// A container's state in the specification's form (runtime.md): what <c>state</c> writes, and what hooks read from their
/// input.
/// </summary>
public sealed record StateSpec
{
    public string OciVersion { get; init; } = ContainerSpec.CurrentVersion;

    public required string Id { get; init; }

    /// <summary><c>creating</c>, <c>created</c>, <c>running</c>, <c>stopped</c>, and Hearth's own <c>paused</c>.</summary>
    public required string Status { get; init; }

    /// <summary>The process of the host that represents the container's; 0 if there is none any more.</summary>
    public int Pid { get; init; }

    /// <summary>Absolute.</summary>
    public required string Bundle { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, SpecificationJson.Default.StateSpec);
}
