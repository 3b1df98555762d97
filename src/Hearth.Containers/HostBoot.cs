namespace Hearth.Containers;

/// <summary>The host's own name for its present boot (random(4), boot_id).</summary>
public static class HostBoot
{
    public static string Current { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
}
