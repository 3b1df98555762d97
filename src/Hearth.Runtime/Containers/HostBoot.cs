namespace Hearth.Runtime.Containers;

/// <summary>The host's own name for its present boot (random(4), boot_id).</summary>
internal static class HostBoot
{
    public static string Current { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
}
