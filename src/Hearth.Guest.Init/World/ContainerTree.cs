using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.World;

/// <summary>
/// The container's root as init sees it: every path is resolved inside, whatever symbolic links the image holds, and missing
/// mount points are made where the root takes them. Owns the handle.
/// </summary>
internal sealed class ContainerTree(SafeFileHandle root) : IDisposable
{
    private const int DirectoryMode = 0x1ed; // 0755
    private const int FileMode = 0x1a4; // 0644

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

        using (SafeFileHandle target = HoldDirectory(destination))
        {
            MountNaming.Mount(source, RootedPaths.NameOf(target), fileSystem, options.Flags, options.Data, destination);
        }

        if (options.Propagation != MountFlags.None)
        {
            using SafeFileHandle mounted = HoldDirectory(destination);
            MountNaming.Mount("none", RootedPaths.NameOf(mounted), null, options.Propagation, null, destination);
        }
    }

    /// <summary>Lays a file of init's own root over one of the container; where the container's root refuses a new file, leaves it.</summary>
    internal void Cover(string destination, string source)
    {
        using SafeFileHandle? target = HoldFile(destination);
        if (target is not null)
        {
            MountNaming.Mount(source, RootedPaths.NameOf(target), null, MountFlags.Bind, null, destination);
        }
    }

    /// <summary>Shows a directory or file of init's own root at a place of the container, which is made where it is missing.</summary>
    internal void Bind(string source, string destination, bool isFile)
    {
        using SafeFileHandle target = isFile ? HoldOrMakeFile(destination) : HoldDirectory(destination);
        MountNaming.Mount(source, RootedPaths.NameOf(target), null, MountFlags.Bind, null, destination);
    }

    /// <summary>Shows a place of the container at another one, or at the same with other rights: those take a second call.</summary>
    private void BindInside(string source, string destination, MountOptions options)
    {
        using SafeFileHandle from = RootedPaths.TryHold(root, source, out Errno errno) ?? throw Unreachable(source, errno);
        using (SafeFileHandle target = RootedPaths.TryHold(root, destination, out errno) ?? throw Unreachable(destination, errno))
        {
            MountNaming.Mount(RootedPaths.NameOf(from), RootedPaths.NameOf(target), null, MountFlags.Bind, null, destination);
        }

        using SafeFileHandle mounted = RootedPaths.TryHold(root, destination, out errno) ?? throw Unreachable(destination, errno);
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

    internal bool HasRegularFile(string path) => TryInspect(path) is { IsRegularFile: true };

    /// <summary>Opens a file for reading; null where it cannot be. The caller's.</summary>
    internal SafeFileHandle? TryOpenForReading(string path) => RootedPaths.TryOpenForReading(root, path, out _);

    /// <summary>Holds a directory, after making what is missing of its path.</summary>
    internal SafeFileHandle HoldDirectory(string destination)
    {
        if (RootedPaths.TryHold(root, destination, out _) is { } found)
        {
            return found;
        }

        SafeFileHandle current = RootedPaths.TryHold(root, "/", out Errno errno) ?? throw Unreachable("/", errno);
        string reached = "";
        foreach (string name in destination.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            using SafeFileHandle parent = current;
            reached += "/" + name;
            current = HoldOrMakeDirectory(parent, name, reached);
        }

        return current;
    }

    public void Dispose() => root.Dispose();

    private NodeStatus? TryInspect(string path)
    {
        using SafeFileHandle? found = RootedPaths.TryHold(root, path, out _);
        return found is not null && HeldNodes.TryInspect(found, "\0"u8[..0], out NodeStatus status) == Errno.None ? status : null;
    }

    private static GuestInitException Unreachable(string destination, Errno errno) => errno switch
    {
        Errno.EROFS => new GuestInitException(
            $"the image has no {destination} to mount on, and its root is read-only: add it to the image, or make the root writable"),
        Errno.EEXIST => new GuestInitException($"{destination} of the image is a symbolic link that leads nowhere: nothing can be mounted on it"),
        _ => new GuestInitException(new LinuxException("mkdir", errno, destination).Message),
    };

    private SafeFileHandle HoldOrMakeDirectory(SafeFileHandle parent, string name, string reached)
    {
        if (RootedPaths.TryHold(root, reached, out Errno errno) is { } found)
        {
            return found;
        }

        if (errno == Errno.ENOENT)
        {
            errno = RootedPaths.TryMakeDirectory(parent, name, DirectoryMode);
        }

        if (errno == Errno.None && RootedPaths.TryHold(root, reached, out errno) is { } made)
        {
            return made;
        }

        throw Unreachable(reached, errno);
    }

    private SafeFileHandle HoldOrMakeFile(string destination)
    {
        if (RootedPaths.TryHold(root, destination, out _) is { } found)
        {
            return found;
        }

        using SafeFileHandle parent = HoldDirectory(Path.GetDirectoryName(destination) ?? "/");
        Errno errno = RootedPaths.TryMakeFile(parent, Path.GetFileName(destination), FileMode);
        return errno == Errno.None && RootedPaths.TryHold(root, destination, out errno) is { } made ? made : throw Unreachable(destination, errno);
    }

    private SafeFileHandle? HoldFile(string destination)
    {
        if (RootedPaths.TryHold(root, destination, out _) is { } found)
        {
            return found;
        }

        string directory = Path.GetDirectoryName(destination) ?? "/";
        using SafeFileHandle? parent = RootedPaths.TryHold(root, directory, out _);
        return parent is not null && RootedPaths.TryMakeFile(parent, Path.GetFileName(destination), FileMode) == Errno.None
            ? RootedPaths.TryHold(root, destination, out _)
            : null;
    }
}
