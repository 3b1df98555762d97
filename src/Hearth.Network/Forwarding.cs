using Hearth.Linux;

namespace Hearth.Network;

/// <summary>
/// The kernel's switches that make the host a router. A switch that was off is noted at a tap (<see cref="TapNote"/>) before it is
/// turned on; the release of the last tap turns it off again.
/// </summary>
internal static class Forwarding
{
    private const string On = "1";
    private const string Off = "0";

    private static readonly (string Name, string Path)[] switches =
    [
        ("ipv4", "/proc/sys/net/ipv4/ip_forward"),
        ("ipv6", "/proc/sys/net/ipv6/conf/all/forwarding"),
    ];

    /// <summary>The names of the switches that are off.</summary>
    public static IReadOnlyList<string> FindOff() =>
        [.. switches.Where(each => File.Exists(each.Path) && File.ReadAllText(each.Path).Trim() != On).Select(each => each.Name)];

    /// <returns>The switches' files.</returns>
    public static IReadOnlyList<string> TurnOn(IReadOnlyList<string> names) => Write(names, On);

    public static void TurnOff(IReadOnlyList<string> names) => Write(names, Off);

    private static string[] Write(IReadOnlyList<string> names, string value)
    {
        string[] paths = [.. switches.Where(each => names.Contains(each.Name) && File.ReadAllText(each.Path).Trim() != value).Select(each => each.Path)];
        foreach (string path in paths)
        {
            try
            {
                File.WriteAllText(path, value);
            }
            catch (IOException failure) when (failure.HResult == (int)Errno.EROFS)
            {
                string name = path["/proc/sys/".Length..].Replace('/', '.');
                throw new IOException($"the kernel's switch {name} cannot be set to {value}: it is mounted read-only; start the container that hearth runs in with --sysctl {name}={On}", failure);
            }
        }

        return paths;
    }
}
