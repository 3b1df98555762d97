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

    private static readonly string[] files = ["/proc/net/udp", "/proc/net/udp6"];

    /// <summary>Whether a server listens on 127.0.0.1, and none that other addresses lead to.</summary>
    public static bool IsOnLoopbackOnly(ushort port) => IsOnLoopbackOnly(files.Where(File.Exists).SelectMany(file => File.ReadLines(file).Skip(1)), port);

    /// <param name="lines">The lines of the files without their headings.</param>
    /// <param name="port">The port.</param>
    internal static bool IsOnLoopbackOnly(IEnumerable<string> lines, ushort port)
    {
        bool isThere = false;
        foreach (string line in lines)
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 3 || columns[1].Split(':') is not [{ Length: >= Ipv4Digits } address, var number] || !IsAny(columns[2])
                || !ushort.TryParse(number, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort own) || own != port)
            {
                continue;
            }

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

    /// <summary>A socket that is connected to a peer is a client.</summary>
    private static bool IsAny(string peer) => peer.AsSpan().IndexOfAnyExcept('0', ':') < 0;

    /// <summary>An address of 127.0.0.0/8, whose first byte is written last.</summary>
    private static bool IsOtherLoopback(string address) => address.Length == Ipv4Digits && address.EndsWith("7F", StringComparison.Ordinal);
}
