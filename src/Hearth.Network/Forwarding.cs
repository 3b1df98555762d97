namespace Hearth.Network;

/// <summary>
/// The kernel's switches that make the host a router. A switch that was off is written down before it is turned on, and is turned
/// off again by the same file, also after a crash.
/// </summary>
/// <param name="directory">Where switches that this host had off are written down.</param>
internal sealed class Forwarding(string directory)
{
    private const string On = "1";
    private const string Off = "0";

    private static readonly (string Name, string Path)[] switches =
    [
        ("ipv4", "/proc/sys/net/ipv4/ip_forward"),
        ("ipv6", "/proc/sys/net/ipv6/conf/all/forwarding"),
    ];

    /// <summary>Turns the switches on.</summary>
    /// <returns>The switches that were off.</returns>
    public IReadOnlyList<string> TurnOn()
    {
        List<string> changed = [];
        foreach ((string name, string path) in switches)
        {
            if (File.Exists(path) && File.ReadAllText(path).Trim() != On)
            {
                File.WriteAllText(NoteOf(name), "");
                File.WriteAllText(path, On);
                changed.Add(path);
            }
        }

        return changed;
    }

    /// <summary>Turns those switches off that <see cref="TurnOn"/> turned on.</summary>
    public void Restore()
    {
        foreach ((string name, string path) in switches)
        {
            if (File.Exists(NoteOf(name)))
            {
                File.WriteAllText(path, Off);
                File.Delete(NoteOf(name));
            }
        }
    }

    private string NoteOf(string name) => Path.Combine(directory, $"{name}-forwarding-was-off");
}
