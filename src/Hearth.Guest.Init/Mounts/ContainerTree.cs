using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// The container's root as init sees it: every path is resolved inside, whatever symbolic links the image holds, and missing
/// mount points are made where the root takes them. Owns the handle.
/// </summary>
internal sealed class ContainerTree(SafeFileHandle root) : IDisposable
{
    private const uint AnyExecution = 0x49; // 0111

    /// <summary>Mounts a file system on a directory of the container.</summary>
    /// <param name="source">mount(2)'s source.</param>
    /// <param name="destination">An absolute path in the container.</param>
    /// <param name="fileSystem">The kernel's name.</param>
    /// <param name="options">mount(8)'s options.</param>
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

    /// <summary>Shows a directory or file of init's own root at a place of the container, which is made where it is missing.</summary>
    internal void Bind(string source, string destination, bool isFile)
    {
        using SafeFileHandle target = MountPoint.HoldOrMake(root, destination, isFile);
        MountNaming.Mount(source, RootedPaths.NameOf(target), null, MountFlags.Bind, null, destination);
    }

    /// <summary>Shows a place of the container at another one, or at the same with other rights: those take a second call.</summary>
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

    /// <summary>True where the container has something of this name.</summary>
    internal bool Has(string destination)
    {
        using SafeFileHandle? found = RootedPaths.TryHold(root, destination, out _);
        return found is not null;
    }

    /// <summary>True where it has a directory of this name.</summary>
    internal bool HasDirectory(string path) => TryInspect(path) is { IsDirectory: true };

    /// <summary>True where it has a regular file that somebody may execute.</summary>
    internal bool HasProgram(string path) => TryInspect(path) is { IsRegularFile: true } status && (status.Mode & AnyExecution) != 0;

    internal bool HasRegularFile(string path) => TryInspect(path) is { IsRegularFile: true };

    /// <summary>Opens a file for reading; null where it cannot be. The caller's.</summary>
    internal SafeFileHandle? TryOpenForReading(string path) => RootedPaths.TryOpenForReading(root, path, out _);

    /// <summary>Makes what is missing of a directory's path, and leaves what cannot be made to whoever goes there.</summary>
    internal void TryMakeDirectory(string path)
    {
        try
        {
            HoldDirectory(path).Dispose();
        }
        catch (GuestInitException)
        {
            // The process that is to start there gives the reason.
        }
    }

    /// <summary>Holds a directory, after making what is missing of its path.</summary>
    internal SafeFileHandle HoldDirectory(string destination) => MountPoint.HoldOrMake(root, destination, isFile: false);

    public void Dispose() => root.Dispose();

    private NodeStatus? TryInspect(string path)
    {
        using SafeFileHandle? found = RootedPaths.TryHold(root, path, out _);
        return found is not null && HeldNodes.TryInspect(found, "\0"u8[..0], out NodeStatus status) == Errno.None ? status : null;
    }
}
