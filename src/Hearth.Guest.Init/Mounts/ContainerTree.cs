using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// The container's root as init sees it. Every path is resolved inside the root, whatever symbolic links the image has. Missing
/// mount points are created if the root is writable. It owns the handle.
/// </summary>
internal sealed class ContainerTree(SafeFileHandle root) : IDisposable
{
    private const uint AnyExecution = 0x49; // 0111

    /// <summary>Mounts a file system on a directory of the container.</summary>
    /// <param name="source">mount(2)'s source.</param>
    /// <param name="destination">An absolute path in the container.</param>
    /// <param name="fileSystem">The file system's kernel name.</param>
    /// <param name="options">The options of mount(8).</param>
    internal void Mount(string source, string destination, string fileSystem, MountOptions options)
    {
        if (options.Flags.HasFlag(MountFlags.Bind))
        {
            BindInside(source, destination, options);
            return;
        }

        bool isOfImage = HasDirectory(destination);
        using SafeFileHandle target = HoldDirectory(destination);
        if (fileSystem == "tmpfs")
        {
            TemporaryMount.Mount(source, target, options, destination, isOfImage);
        }
        else
        {
            MountNaming.Mount(source, RootedPaths.NameOf(target), fileSystem, options.Flags, options.Data, destination);
        }

        if (options.Propagation != MountFlags.None)
        {
            using SafeFileHandle mounted = HoldDirectory(destination);
            MountNaming.Mount("none", RootedPaths.NameOf(mounted), null, options.Propagation, null, destination);
        }
    }

    /// <summary>Binds a directory or file of init's own root to a path of the container, which is created if it is missing.</summary>
    internal void Bind(string source, string destination, bool isFile)
    {
        using SafeFileHandle target = MountPoint.HoldOrMake(root, destination, isFile);
        MountNaming.Mount(source, RootedPaths.NameOf(target), null, MountFlags.Bind, null, destination);
    }

    /// <summary>Binds a path of the container to another one, or to itself with other flags: the flags need a second call.</summary>
    private void BindInside(string source, string destination, MountOptions options)
    {
        using SafeFileHandle from = RootedPaths.TryHold(root, source, out Errno errno) ?? throw MountPoint.Unreachable(source, errno);
        using (SafeFileHandle target = RootedPaths.TryHold(root, destination, out errno) ?? throw MountPoint.Unreachable(destination, errno))
        {
            MountNaming.Mount(RootedPaths.NameOf(from), RootedPaths.NameOf(target), null, MountFlags.Bind, null, destination);
        }

        using SafeFileHandle mounted = RootedPaths.TryHold(root, destination, out errno) ?? throw MountPoint.Unreachable(destination, errno);
        MountNaming.Mount("none", RootedPaths.NameOf(mounted), null, options.Flags | MountFlags.Bind | MountFlags.Remount, null, destination);
    }

    /// <summary>Returns whether a path exists in the container.</summary>
    internal bool Has(string destination)
    {
        using SafeFileHandle? found = RootedPaths.TryHold(root, destination, out _);
        return found is not null;
    }

    /// <summary>Returns whether a path is a directory.</summary>
    internal bool HasDirectory(string path) => TryInspect(path) is { IsDirectory: true };

    /// <summary>Returns whether a path is a regular file with any execute permission.</summary>
    internal bool HasProgram(string path) => TryInspect(path) is { IsRegularFile: true } status && (status.Mode & AnyExecution) != 0;

    internal bool HasRegularFile(string path) => TryInspect(path) is { IsRegularFile: true };

    /// <summary>Opens a file for reading; null if it cannot be opened. The caller owns the handle.</summary>
    internal SafeFileHandle? TryOpenForReading(string path) => RootedPaths.TryOpenForReading(root, path, out _);

    /// <summary>Creates the missing parts of a directory's path; a failure is left to the process that starts there.</summary>
    internal void TryMakeDirectory(string path)
    {
        try
        {
            HoldDirectory(path).Dispose();
        }
        catch (GuestInitException)
        {
            // The start of the process in this directory reports the reason.
        }
    }

    /// <summary>Opens a directory, after creating the missing parts of its path.</summary>
    internal SafeFileHandle HoldDirectory(string destination) => MountPoint.HoldOrMake(root, destination, isFile: false);

    public void Dispose() => root.Dispose();

    private NodeStatus? TryInspect(string path)
    {
        using SafeFileHandle? found = RootedPaths.TryHold(root, path, out _);
        return found is not null && HeldNodes.TryInspect(found, "\0"u8[..0], out NodeStatus status) == Errno.None ? status : null;
    }
}
