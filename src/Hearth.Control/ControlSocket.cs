using System.Globalization;
using System.Net.Sockets;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Control;

/// <summary>
/// A container's control socket, in its directory beneath the run directory. Bind and connect use the path of the directory's
/// descriptor, since a path of more than 107 bytes does not fit into an address (unix(7)).
/// </summary>
public static class ControlSocket
{
    private const string Name = "control.sock";
    private const int Backlog = 64;

    /// <summary>A keeper accepts clients immediately; a stopped keeper accepts none.</summary>
    private const int ConnectTimeoutMs = 10_000;

    /// <summary>Listens; the caller owns the socket. Only its owner may connect.</summary>
    /// <exception cref="SocketException">The socket cannot be created.</exception>
    public static Socket Listen(string directory)
    {
        using SafeFileHandle opened = Open(directory) ?? throw new IOException($"cannot listen in '{directory}': the directory does not exist");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(AddressIn(opened));
            File.SetUnixFileMode(Path.Combine(directory, Name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects. It does not wait unless the backlog is full.</summary>
    /// <returns>The socket; null if nobody listens or accepts clients.</returns>
    public static Socket? TryConnect(string directory)
    {
        using SafeFileHandle? opened = Open(directory);
        if (opened is null)
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.SendTimeout = ConnectTimeoutMs;
            socket.Connect(AddressIn(opened));
            socket.SendTimeout = Timeout.Infinite;
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SafeFileHandle? Open(string directory)
    {
        if (DirectoryFiles.TryOpenRoot(directory, out SafeFileHandle opened) == Errno.None)
        {
            return opened;
        }

        opened.Dispose();
        return null;
    }

    private static UnixDomainSocketEndPoint AddressIn(SafeFileHandle directory) =>
        new(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{directory.DangerousGetHandle()}/{Name}"));
}
