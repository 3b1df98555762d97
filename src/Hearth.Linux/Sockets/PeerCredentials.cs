using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Sockets;

/// <summary>The user at the other end of a Unix socket: unix(7), SO_PEERCRED.</summary>
public static partial class PeerCredentials
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    public static uint OwnUser { get; } = geteuid();

    /// <summary>The peer's user at the time it connected.</summary>
    public static uint UserOf(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[Marshal.SizeOf<UserCredentials>()];
        socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, credentials);
        return MemoryMarshal.Read<UserCredentials>(credentials).User;
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
