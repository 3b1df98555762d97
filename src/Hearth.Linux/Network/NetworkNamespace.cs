using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Network;

/// <summary>A network namespace that is kept alive by an open file: network_namespaces(7), ioctl_ns(2).</summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const nuint GetKind = 0xb703;

    private const string OwnFile = "/proc/thread-self/ns/net";

    private readonly SafeFileHandle handle;

    private NetworkNamespace(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Opens a namespace by its file, such as /run/netns/NAME or /proc/PID/ns/net.</summary>
    /// <param name="path">The file.</param>
    /// <param name="obstacle">Why it cannot be opened, as a clause; null if it can.</param>
    /// <returns>The namespace, which the caller owns; null if the path leads to none.</returns>
    public static NetworkNamespace? TryOpen(string path, out string? obstacle)
    {
        SafeFileHandle? file = RootedPaths.TryOpenForReading(path, out Errno errno);
        if (file is null)
        {
            obstacle = errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ESRCH ? "it does not exist" : new LinuxException("open", errno).Message;
            return null;
        }

        int kind = ioctl(file, GetKind);
        if (kind == (int)NamespaceKinds.Network)
        {
            obstacle = null;
            return new NetworkNamespace(file);
        }

        file.Dispose();
        obstacle = kind < 0 ? "it is not a namespace" : "it is a namespace of another kind";
        return null;
    }

    /// <summary>The namespace of the calling thread.</summary>
    public static NetworkNamespace OpenOwn() =>
        TryOpen(OwnFile, out string? obstacle) ?? throw new IOException($"cannot open this thread's network namespace: {obstacle}");

    /// <summary>The <see cref="Identity"/> of the calling thread's namespace.</summary>
    public static string OwnIdentity
    {
        get
        {
            using NetworkNamespace own = OpenOwn();
            return own.Identity;
        }
    }

    /// <summary>Equal for two files of one namespace, and different for all others that exist at the same time.</summary>
    public string Identity => DirectoryFiles.TryStat(handle, "\0"u8, out FileStatus status) is var errno and not Errno.None
        ? throw new LinuxException("statx", errno, "network namespace")
        : $"{status.Device}:{status.Inode}";

    public void Dispose() => handle.Dispose();

    /// <summary>Moves the calling thread into the namespace.</summary>
    public void Enter() => Namespaces.Enter(handle, NamespaceKinds.Network);

    /// <summary>Runs code in the namespace, on a thread of its own. What the code opens stays in the namespace.</summary>
    public T Run<T>(Func<T> act) => RunOnThread(Enter, act);

    /// <summary>Runs code in the namespace, on a thread of its own.</summary>
    public void Run(Action act) => Run(() =>
    {
        act();
        return true;
    });

    /// <summary>Runs code in a new namespace whose loopback interface is on, on a thread of its own.</summary>
    public static T RunInNew<T>(Func<T> act) => RunOnThread(
        () => Namespaces.Unshare(NamespaceKinds.Network),
        () =>
        {
            using (RouteSocket socket = RouteSocket.Open())
            {
                Links.SetUp(socket, Links.Find(socket, "lo")!.Index);
            }

            return act();
        });

    /// <summary>Creates a namespace that lives as long as it is mounted on a file.</summary>
    /// <param name="path">The file, which is created.</param>
    public static void Pin(string path)
    {
        File.WriteAllBytes(path, []);
        RunInNew(() =>
        {
            FileSystems.Mount(OwnFile, path, null, MountFlags.Bind);
            return true;
        });
    }

    /// <summary>Removes the file of <see cref="Pin"/>; nothing of it may exist, not even its directory.</summary>
    public static void Unpin(string path)
    {
        try
        {
            FileSystems.Unmount(path, UnmountFlags.Detach | UnmountFlags.NoFollow);
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EINVAL or Errno.ENOENT)
        {
            // It is not mounted.
        }

        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    private static T RunOnThread<T>(Action enter, Func<T> act)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                enter();
                result = act();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request);
}
