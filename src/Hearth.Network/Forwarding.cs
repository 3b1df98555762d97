using Hearth.Linux;

namespace Hearth.Network;

/// <summary>
/// The kernel's switches that make the host a router. A switch that was off is noted at a tap (<see cref="TapNote"/>) before it is
/// turned on; the release of the last tap turns it off again.
/// </summary>
internal static class Forwarding
{
    /// <summary>The switch of IPv6.</summary>
    public const string Ipv6 = "ipv6";

    private const string On = "1";
    private const string Off = "0";
    private const string SwitchDirectory = "/proc/sys/";

    private static readonly (string Name, string Path)[] switches =
    [
        ("ipv4", "/proc/sys/net/ipv4/ip_forward"),
        (Ipv6, "/proc/sys/net/ipv6/conf/all/forwarding"),
    ];

    /// <summary>The names of the switches that are off.</summary>
    public static IReadOnlyList<string> FindOff() =>
        [.. switches.Where(each => File.Exists(each.Path) && File.ReadAllText(each.Path).Trim() != On).Select(each => each.Name)];

    /// <returns>The switches that were off.</returns>
    public static IReadOnlyList<ChangedSwitch> TurnOn(IReadOnlyList<string> names) => Write(names, On);

    public static void TurnOff(IReadOnlyList<string> names) => Write(names, Off);

    /// <summary>Changes a switch, which forwarding needs.</summary>
    /// <exception cref="IOException">It cannot be changed.</exception>
    public static ChangedSwitch Write(string path, string value)
    {
        try
        {
            File.WriteAllText(path, value);
            return new ChangedSwitch(path, value);
        }
        catch (IOException failure) when (failure.HResult == (int)Errno.EROFS)
        {
            string remedy = string.Join(' ', switches.Select(each => $"--sysctl {NameOf(each.Path)}={On}"));
            throw new IOException($"the kernel's switch {NameOf(path)} cannot be set to {value}: it is mounted read-only; start the container that hearth runs in with {remedy}", failure);
        }
    }

    private static ChangedSwitch[] Write(IReadOnlyList<string> names, string value) =>
        [.. switches.Where(each => names.Contains(each.Name) && File.ReadAllText(each.Path).Trim() != value).Select(each => Write(each.Path, value))];

    private static string NameOf(string path) => path[SwitchDirectory.Length..].Replace('/', '.');
}
