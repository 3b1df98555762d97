using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Transport;

/// <summary>
/// A connection's directory in the kernel's control file system (fusectl), named by its mount's device number. The kernel
/// reuses the number as soon as the mount is removed, but this open directory remains the old connection's.
/// </summary>
internal sealed class ConnectionControl : IDisposable
{
    private const string FileSystem = "fusectl";
    private const string WaitingFile = "waiting";

    private readonly SafeFileHandle directory;
    private readonly SafeFileHandle abort;

    private ConnectionControl(uint number, SafeFileHandle directory, SafeFileHandle abort)
    {
        Number = number;
        this.directory = directory;
        this.abort = abort;
    }

    /// <summary>The mount's minor device number, for as long as the connection exists.</summary>
    public uint Number { get; }

    /// <summary>
    /// Whether the kernel still has the connection, served or not. It keeps it until the last mount is removed and the last
    /// file is closed.
    /// </summary>
    public bool Exists
    {
        get
        {
            try
            {
                DetachedMounts.OpenFile(directory, WaitingFile, flags: 0).Dispose();
                return true;
            }
            catch (LinuxException failure) when (failure.Errno == Errno.ENOENT)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Opens the control files of a connection. The control file system is mounted detached, since it need not be mounted on
    /// this host; the open files keep it alive.
    /// </summary>
    /// <param name="root">The root directory of the connection's mount.</param>
    public static ConnectionControl Open(SafeFileHandle root)
    {
        uint number = FuseDevice.ConnectionNumber(root);
        using var context = new MountContext(FileSystem);
        context.Create();
        using SafeFileHandle control = context.Mount(MountAttributes.NoSetUserId | MountAttributes.NoDevices | MountAttributes.NoExecution);
        SafeFileHandle directory = DetachedMounts.OpenFile(control, $"{number}", flags: 0);
        try
        {
            return new ConnectionControl(number, directory, DetachedMounts.OpenFile(directory, "abort", flags: 1));
        }
        catch (LinuxException)
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Ends the connection: pending requests fail with ECONNABORTED, and every queue returns an error from now on. Has no
    /// effect if the connection has already ended.
    /// </summary>
    public void Abort() => FuseDevice.Abort(abort);

    public void Dispose()
    {
        abort.Dispose();
        directory.Dispose();
    }
}
