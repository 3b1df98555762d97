using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// Finds a mount point in the container's root, and creates its missing parts. Symbolic links are followed inside the root, also
/// if their target is missing: a resolv.conf that points into an empty /run gets its file there, as with runc. Init resolves the
/// path step by step, so nothing else may change the root at the same time.
/// </summary>
internal sealed class MountPoint
{
    /// <summary>The kernel's limit of links in one path (path_resolution(7)).</summary>
    private const int MostLinks = 40;

    private const int MostTargetBytes = 4096;
    private const int DirectoryMode = 0x1ed; // 0755
    private const int FileMode = 0x1a4; // 0644

    private readonly SafeFileHandle root;
    private readonly bool isFile;
    private readonly Stack<string> ahead = new();
    private readonly List<string> reached = [];
    private int links;

    private MountPoint(SafeFileHandle root, string destination, bool isFile)
    {
        this.root = root;
        this.isFile = isFile;
        Push(destination);
    }

    private string Reached => "/" + string.Join('/', reached);

    /// <summary>Opens the mount point, and creates it if it is missing. The caller owns the handle.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="destination">A path in the container.</param>
    /// <param name="isFile">True to create an empty file if nothing is there, false to create a directory.</param>
    /// <exception cref="GuestInitException">The mount point cannot be created, or its links form a loop.</exception>
    internal static SafeFileHandle HoldOrMake(SafeFileHandle root, string destination, bool isFile) =>
        RootedPaths.TryHold(root, destination, out _) ?? new MountPoint(root, destination, isFile).Make();

    internal static GuestInitException Unreachable(string path, Errno errno) => errno switch
    {
        Errno.EROFS => new GuestInitException($"cannot make the mount point {path}: its file system is read-only; add it to the image"),
        Errno.ELOOP => new GuestInitException($"cannot reach the mount point {path}: its links form a loop; fix them in the image"),
        _ => new GuestInitException($"cannot make the mount point {path}: {new LinuxException("open", errno).Message}"),
    };

    private SafeFileHandle Make()
    {
        while (ahead.TryPop(out string? name))
        {
            if (name == "..")
            {
                reached.RemoveRange(Math.Max(reached.Count - 1, 0), Math.Min(reached.Count, 1));
            }
            else if (name != ".")
            {
                Step(name);
            }
        }

        return RootedPaths.TryHold(root, Reached, out Errno errno) ?? throw Unreachable(Reached, errno);
    }

    private void Step(string name)
    {
        reached.Add(name);
        using SafeFileHandle? found = RootedPaths.TryHold(root, Reached, followsLink: false, out Errno errno);
        if (found is not null)
        {
            FollowIfLink(found);
        }
        else if (errno == Errno.ENOENT)
        {
            MakeReached(name);
        }
        else
        {
            throw Unreachable(Reached, errno);
        }
    }

    private void FollowIfLink(SafeFileHandle found)
    {
        byte[] target = new byte[MostTargetBytes];
        Errno errno = HeldNodes.TryReadLink(found, target, out int length);
        if (errno != Errno.None)
        {
            return; // Not a link: readlinkat(2) with an empty path returns ENOENT.
        }

        if (++links > MostLinks)
        {
            throw Unreachable(Reached, Errno.ELOOP);
        }

        string path = ByteText.Decode(target.AsSpan(0, length));
        reached.RemoveRange(path.StartsWith('/') ? 0 : reached.Count - 1, path.StartsWith('/') ? reached.Count : 1);
        Push(path);
    }

    /// <summary>Creates the last component. Its directory keeps its time: a mount point is no change of the container's.</summary>
    private void MakeReached(string name)
    {
        string directory = "/" + string.Join('/', reached[..^1]);
        using SafeFileHandle parent = RootedPaths.TryHold(root, directory, out Errno errno) ?? throw Unreachable(directory, errno);
        bool isKnown = HeldNodes.TryInspect(parent, "\0"u8[..0], out NodeStatus before) == Errno.None;
        errno = isFile && ahead.Count == 0
            ? RootedPaths.TryMakeFile(parent, name, FileMode)
            : RootedPaths.TryMakeDirectory(parent, name, DirectoryMode);
        if (errno is not (Errno.None or Errno.EEXIST))
        {
            throw Unreachable(Reached, errno);
        }

        if (isKnown)
        {
            _ = NodeChanges.TrySetTimes(parent, FileTime.Unchanged, before.Modified);
        }
    }

    private void Push(string path)
    {
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int index = names.Length - 1; index >= 0; index--)
        {
            ahead.Push(names[index]);
        }
    }
}
