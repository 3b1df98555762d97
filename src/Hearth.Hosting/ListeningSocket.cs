using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Hosting;

/// <summary>
/// The path of a Unix socket: one that a killed daemon left is replaced, one on which somebody answers is refused, and so is what is no
/// socket. Nobody but root can connect before <see cref="Open"/>.
/// </summary>
public sealed class ListeningSocket : IDisposable
{
    private const UnixFileMode OfRoot = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfGroup = OfRoot | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly uint? group;
    private readonly FileStream guard;

    private ListeningSocket(string path, uint? group, FileStream guard)
    {
        Path = path;
        this.group = group;
        this.guard = guard;
    }

    public string Path { get; }

    /// <exception cref="HearthException">Another daemon listens there, or the directory cannot be written.</exception>
    public static ListeningSocket Take(string path, uint? group)
    {
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            FileStream guard = new(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (Answers(path))
            {
                guard.Dispose();
                throw Taken(path);
            }

            if (IsOther(path))
            {
                guard.Dispose();
                File.Delete(path + ".lock");
                throw new HearthException(HearthError.HostUnsuitable, $"cannot listen on '{path}': there is a file of this name that is no socket; choose another --socket, or remove the file");
            }

            File.Delete(path);
            return new ListeningSocket(path, group, guard);
        }
        catch (IOException exception) when (exception.HResult == (int)Errno.EAGAIN)
        {
            throw Taken(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.HostUnsuitable, $"cannot listen on '{path}': {exception.Message}; choose another --socket", exception);
        }
    }

    /// <summary>Gives the socket its owner and mode.</summary>
    public void Open()
    {
        if (group is { } id)
        {
            Errno errno = HeldNodes.TryHoldPath(Path, out SafeFileHandle node);
            using (node)
            {
                errno = errno == Errno.None ? NodeChanges.TrySetOwner(node, uint.MaxValue, id) : errno;
            }

            if (errno != Errno.None)
            {
                throw new HearthException(HearthError.HostUnsuitable, $"cannot give the socket '{Path}' to group {id}: {errno}; omit --group, or run as root");
            }
        }

        File.SetUnixFileMode(Path, group is null ? OfRoot : OfGroup);
    }

    public void Dispose()
    {
        File.Delete(Path);
        File.Delete(Path + ".lock");
        guard.Dispose();
    }

    private static bool IsOther(string path)
    {
        Errno errno = HeldNodes.TryHoldPath(path, out SafeFileHandle held);
        using (held)
        {
            return errno == Errno.None && HeldNodes.TryInspect(held, "\0"u8[..0], out NodeStatus status) == Errno.None && status.Type != NodeTypes.Socket;
        }
    }

    private static HearthException Taken(string path) =>
        new(HearthError.WrongState, $"cannot listen on '{path}': another program does; choose another --socket, or end that program");

    private static bool Answers(string path)
    {
        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
