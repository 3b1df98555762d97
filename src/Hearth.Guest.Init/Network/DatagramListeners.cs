using System.Globalization;

namespace Hearth.Guest.Init.Network;

/// <summary>Where servers of UDP ports listen, as proc_pid_net(5) lists it.</summary>
internal static class DatagramListeners
{
    private const int Ipv4Digits = 8;

    /// <summary>127.0.0.1 as the kernel writes it on a little-endian processor.</summary>
    private const string Loopback = "0100007F";

    private const string MappedLoopback = "0000000000000000FFFF0000" + Loopback;
    private const string Loopback6 = "00000000000000000000000001000000";

    /// <summary>The peer of a socket that is connected to none, which a client's would be.</summary>
    private const string AnyPeer = "00000000:0000";

    private static readonly string[] files = ["/proc/net/udp", "/proc/net/udp6"];

    /// <summary>Whether a server listens on 127.0.0.1, and none that other addresses lead to.</summary>
    public static bool IsOnLoopbackOnly(ushort port)
    {
        List<string> lines = [];
        foreach (string file in files)
        {
            if (File.Exists(file))
            {
                lines.AddRange(File.ReadAllLines(file));
            }
        }

        return IsOnLoopbackOnly(lines, port);
    }

    /// <param name="lines">The lines of the files; their headings are of no port.</param>
    /// <param name="port">The port.</param>
    internal static bool IsOnLoopbackOnly(List<string> lines, ushort port)
    {
        string end = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        bool isThere = false;
        foreach (string line in lines)
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 3 || !columns[1].EndsWith(end, StringComparison.Ordinal) || !columns[2].EndsWith(AnyPeer, StringComparison.Ordinal))
            {
                continue;
            }

            string address = columns[1][..^end.Length];
            if (address is Loopback or MappedLoopback)
            {
                isThere = true;
            }
            else if (address != Loopback6 && !IsOtherLoopback(address))
            {
                return false;
            }
        }

        return isThere;
    }

    /// <summary>An address of 127.0.0.0/8, whose first byte is written last.</summary>
    private static bool IsOtherLoopback(string address) => address.Length == Ipv4Digits && address.EndsWith("7F", StringComparison.Ordinal);
}
