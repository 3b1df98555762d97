namespace Hearth.Containers;

/// <summary>The identifier of the host's current boot (random(4), boot_id).</summary>
public static class HostBoot
{
    public static string Current { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
}
