using System.Net.Sockets;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// A pair of connected sockets: one end for this program, one to be inherited by a VMM. Nothing stands in the file system,
/// and either end learns at once when the other's process is gone.
/// </summary>
/// <param name="Own">This program's end.</param>
/// <param name="Theirs">The VMM's end; closed here once the VMM has it.</param>
internal sealed record SocketEnds(Stream Own, SafeFileHandle Theirs) : IDisposable
{
    internal static SocketEnds Create()
    {
        (SafeFileHandle own, SafeFileHandle theirs) = GuestSockets.CreatePair();
        using (own)
        {
            Socket socket = new(new SafeSocketHandle(own.DangerousGetHandle(), ownsHandle: true));
            own.SetHandleAsInvalid();
            return new SocketEnds(new NetworkStream(socket, ownsSocket: true), theirs);
        }
    }

    public void Dispose()
    {
        Own.Dispose();
        Theirs.Dispose();
    }
}
