using System.Runtime.InteropServices;

namespace Hearth.Linux.Sockets;

/// <summary>Connections that are closed in both directions, or broken. poll(2) reports these events without being asked for them.</summary>
public static partial class HangUps
{
    private const short Error = 0x8;
    private const short HangUp = 0x10;

    /// <summary>
    /// Whether the other side has closed a Unix socket. Of TCP, only whether the connection is broken: a client that has closed its
    /// socket looks like one that only ended its input.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The socket is closed here.</exception>
    public static bool Has(SafeHandle socket)
    {
        bool isHeld = false;
        try
        {
            socket.DangerousAddRef(ref isHeld);
            PollEntry entry = new() { Descriptor = (int)socket.DangerousGetHandle() };
            return poll(ref entry, 1, 0) == 1 && (entry.Returned & (Error | HangUp)) != 0;
        }
        finally
        {
            if (isHeld)
            {
                socket.DangerousRelease();
            }
        }
    }

    [LibraryImport("libc")]
    private static partial int poll(ref PollEntry entries, ulong count, int timeoutMs);
}
