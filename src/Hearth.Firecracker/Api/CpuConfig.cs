using System.Text.Json;

namespace Hearth.Firecracker.Api;

/// <summary>
/// Changes to the processor that a guest sees: the body of <c>PUT /cpu-config</c>; legal before the start. The members are
/// JSON in the form of Firecracker's CPU templates and are passed on unchanged.
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
