using System.Net.Sockets;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Processes;

/// <summary>
/// A pair of connected sockets: one end for this program, one that a VMM inherits. It has no file in the file system, and each
/// end is closed immediately when the process of the other one ends.
/// </summary>
/// <param name="Own">This program's end.</param>
/// <param name="Theirs">The VMM's end; this program closes it once the VMM has inherited it.</param>
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
