using Hearth.Containers.Reports;
using Hearth.Linux.Processes;

namespace Hearth.Rootfs;

/// <summary>What packing a root needs besides the root and its options.</summary>
/// <param name="Environment">Locates the packing programs.</param>
/// <param name="Timeline">Measures the phases.</param>
public sealed record PackingContext(HostEnvironment Environment, Timeline Timeline);
