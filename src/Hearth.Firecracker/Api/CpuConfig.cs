using System.Text.Json;

namespace Hearth.Firecracker.Api;

/// <summary>
/// Changes to the processor that a guest sees, for <c>PUT /cpu-config</c>; before the start. The members are JSON as
/// Firecracker's templates have it, passed on as it is.
/// </summary>
public sealed record CpuConfig
{
    public JsonElement? CpuidModifiers { get; init; }

    public JsonElement? MsrModifiers { get; init; }

    /// <summary>For aarch64.</summary>
    public JsonElement? RegModifiers { get; init; }

    /// <summary>For aarch64.</summary>
    public JsonElement? VcpuFeatures { get; init; }

    public JsonElement? KvmCapabilities { get; init; }
}
