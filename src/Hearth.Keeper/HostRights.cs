using Hearth.Linux.Processes;

namespace Hearth.Keeper;

/// <summary>The rights of root that runs need (capabilities(7)). Root on a host has all of them; in a container of an engine it has what the engine gives.</summary>
internal static class HostRights
{
    /// <summary>What a confined machine needs: namespaces and mounts, the machine's user, its empty root, and signals to that user.</summary>
    internal static readonly IReadOnlyList<string> ForMachines = ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SYS_CHROOT", "CAP_KILL"];

    /// <summary>What only some containers need, each with what fails without it.</summary>
    internal static readonly IReadOnlyList<(string Name, string Purpose)> ForFeatures =
    [
        ("CAP_NET_ADMIN", "networks"), ("CAP_DAC_OVERRIDE", "roots with files that only others may read"), ("CAP_CHOWN", "owners in shares"), ("CAP_FOWNER", "modes of files of others in shares"),
    ];

    /// <returns>The names of those that this process lacks, as a list for people; null if it has all.</returns>
    internal static string? FindMissing(IReadOnlyList<string> names)
    {
        ulong effective = CapabilitySet.ReadEffective();
        string[] missing = [.. names.Where(name => (CapabilitySet.Parse(name) & effective) == 0)];
        return missing.Length == 0 ? null : string.Join(", ", missing);
    }

    /// <returns>What fails for lack of those that <see cref="FindMissing"/> returned.</returns>
    internal static string PurposesOf(string missing) =>
        string.Join(", ", ForFeatures.Where(feature => missing.Split(", ").Contains(feature.Name)).Select(feature => feature.Purpose));

    /// <summary>What to do about missing ones.</summary>
    internal static string Advice(string missing) =>
        Environment.IsPrivilegedProcess ? $"give the container that hearth runs in these capabilities: --cap-add {missing.Replace("CAP_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal)}" : "run hearth as root";
}
