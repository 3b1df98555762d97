using System.Net.Sockets;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares.Tests.Support;

/// <summary>Two ends of a byte stream, as host and guest have them of a share; a socket pair, so that a blocking read ends with its end.</summary>
internal sealed record StreamPair(Stream Host, Stream Guest)
{
    public static StreamPair Create()
    {
        (SafeFileHandle first, SafeFileHandle second) = GuestSockets.CreatePair();
        return new StreamPair(StreamOf(first), StreamOf(second));
    }

    private static NetworkStream StreamOf(SafeFileHandle end)
    {
        Socket socket = new(new SafeSocketHandle(end.DangerousGetHandle(), ownsHandle: true));
        end.SetHandleAsInvalid();
        return new NetworkStream(socket, ownsSocket: true);
    }
}
