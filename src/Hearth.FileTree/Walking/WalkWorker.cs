using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.FileTree.Walking;

/// <summary>One thread of a walk: lists directory after directory into its own store.</summary>
internal sealed class WalkWorker(WalkRules rules, PendingDirectories pending, XattrSets xattrSets) : IDisposable
{
    private const int ListBufferInBytes = 1 << 16;

    /// <summary>PATH_MAX: no link has a longer target.</summary>
    private const int MostTargetBytes = 4096;

    /// <summary>
    /// The node for a mount point whose file system cannot be examined: its FUSE server has died (ENOTCONN), or serves one
    /// user only (EACCES, even for root). Like every mount point, it becomes an empty directory; its attributes are unknown.
    /// </summary>
    private static readonly Node silentMountPoint = new() { Mode = ((ushort)NodeType.Directory << 12) | 0b111_101_101, XattrSet = -1 };

    private readonly byte[] listBuffer = new byte[ListBufferInBytes];
    private readonly byte[] targetBuffer = new byte[MostTargetBytes];
    private readonly XattrReader xattrs = new(xattrSets);
    private readonly List<PendingDirectory> found = [];

    public EntryStore Store { get; } = new();

    /// <summary>The listings of this worker, with their numbers.</summary>
    public List<(int Number, Listing Listing)> Listings { get; } = [];

    /// <summary>Lists directories until none is left.</summary>
    /// <exception cref="FileTreeException">A directory or a file could not be read.</exception>
    public void Work(CancellationToken cancellationToken)
    {
        while (pending.TryTake(out PendingDirectory? directory))
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                List(directory);
            }
            catch
            {
                pending.Stop();
                LeaveFound();
                throw;
            }
            finally
            {
                directory.Release();
                pending.Finish();
            }
        }
    }

    public void Dispose() => Store.Dispose();

    /// <summary>The node of the walk's root, which has no name.</summary>
    public (Node Node, SourceIdentity Identity) ReadRoot(PendingDirectory root)
    {
        Errno errno = DirectoryFiles.TryStat(root.Descriptor!, "\0"u8, out FileStatus status);
        if (errno != Errno.None)
        {
            throw rules.Unreadable(errno, "read the attributes of", []);
        }

        root.Device = status.Device;
        return (NodeOf(status) with { Size = 0, XattrSet = xattrs.Read(root, "\0"u8, status.Device, rules) }, IdentityOf(status));
    }

    /// <summary>The node, without a name, of one file that is neither a directory nor a symbolic link.</summary>
    /// <param name="directory">The directory that holds it.</param>
    /// <param name="name">NUL-terminated.</param>
    public (Node Node, SourceIdentity Identity) ReadFile(PendingDirectory directory, ReadOnlySpan<byte> name)
    {
        byte[] path = name[..^1].ToArray();
        Errno errno = DirectoryFiles.TryStat(directory.Descriptor!, name, out FileStatus status);
        if (errno == Errno.ENOENT)
        {
            throw new FileTreeException(FileTreeError.NotFound, $"cannot read '{rules.NameOf(path)}': there is no such file or directory; check the path");
        }

        if (errno != Errno.None)
        {
            throw rules.Unreadable(errno, "read the attributes of", path);
        }

        Node node = NodeOf(status);
        return node.Type is NodeType.Directory or NodeType.SymbolicLink
            ? throw new FileTreeException(FileTreeError.Unreadable, $"cannot read '{rules.NameOf(path)}': it was replaced during the walk; try again")
            : (node with { LinkCount = 1, Name = -1, XattrSet = xattrs.Read(directory, name, status.Device, rules) }, IdentityOf(status));
    }

    private void List(PendingDirectory directory)
    {
        int first = Store.Entries.Count;
        if (!TryOpen(directory, out ListingState state))
        {
            Listings.Add((directory.Listing, new Listing(Store, first, 0, state)));
            return;
        }

        while (true)
        {
            Errno errno = DirectoryFiles.TryList(directory.Descriptor!, listBuffer, out int count);
            if (errno == Errno.ENOENT && directory.Parent is not null)
            {
                // Removed after it was opened, so it is empty now.
                LeaveFound();
                state = ListingState.Vanished;
                break;
            }

            if (errno != Errno.None)
            {
                throw rules.Unreadable(errno, "list the directory", directory.PathOf());
            }

            if (count == 0)
            {
                break;
            }

            var entries = new DirectoryEntryReader(listBuffer.AsSpan(0, count));
            while (entries.MoveNext())
            {
                Take(directory, entries.Name);
            }
        }

        Listings.Add((directory.Listing, new Listing(Store, first, Store.Entries.Count - first, state)));
        pending.Add(found);
        found.Clear();
    }

    private void LeaveFound()
    {
        found.ForEach(child => child.Parent!.Release());
        found.Clear();
    }

    private bool TryOpen(PendingDirectory directory, out ListingState state)
    {
        state = directory.IsOnTheWay ? ListingState.OnTheWay : ListingState.Read;
        if (directory.Parent is not { } parent)
        {
            return true;
        }

        Errno errno = DirectoryFiles.TryOpenIn(parent.Descriptor!, directory.Name, rules.CrossMounts, out var descriptor);
        parent.Release();
        switch (errno)
        {
            case Errno.None:
                directory.Descriptor = descriptor;
                return true;
            case Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP:
                state = ListingState.Vanished;
                return false;
            case Errno.EXDEV:
                // Something was mounted on it after its attributes were read: an empty directory, like every mount point.
                return false;
            default:
                throw rules.Unreadable(errno, "open the directory", directory.PathOf());
        }
    }

    private void Take(PendingDirectory directory, ReadOnlySpan<byte> name)
    {
        Selection selection = rules.Select(directory, name);
        if (selection == Selection.Leave)
        {
            return;
        }

        Errno errno = DirectoryFiles.TryStat(directory.Descriptor!, name, out FileStatus status);
        if (errno == Errno.ENOENT)
        {
            return;
        }

        if (errno != Errno.None)
        {
            if (rules.CrossMounts || !DirectoryFiles.IsMountRoot(directory.Descriptor!, name))
            {
                throw rules.Unreadable(errno, "read the attributes of", directory.PathOf(name));
            }

            AddEntry(name, silentMountPoint, SourceIdentity.OfFile(directory.Device, inode: 0), listing: -1);
            return;
        }

        Node node = NodeOf(status);
        bool isDirectory = node.Type == NodeType.Directory;
        if (selection == Selection.OnTheWay && !isDirectory)
        {
            return;
        }

        if (node.Type == NodeType.SymbolicLink && !TryReadTarget(directory, name, ref node))
        {
            return;
        }

        bool isForeign = !rules.CrossMounts && (status.IsMountRoot || (isDirectory && status.Device != directory.Device));
        node = node with
        {
            Size = isDirectory || isForeign ? 0 : node.Size,
            XattrSet = xattrs.Read(directory, name, status.Device, rules),
        };
        int listing = isDirectory && !isForeign ? AddFound(directory, name, status.Device, selection == Selection.OnTheWay) : -1;
        AddEntry(name, node, IdentityOf(status), listing);
    }

    private bool TryReadTarget(PendingDirectory directory, ReadOnlySpan<byte> name, ref Node node)
    {
        Errno errno = DirectoryFiles.TryReadLink(directory.Descriptor!, name, targetBuffer, out int length);
        if (errno is Errno.ENOENT or Errno.EINVAL)
        {
            // Gone, or replaced by something that is not a link.
            return false;
        }

        if (errno != Errno.None)
        {
            throw rules.Unreadable(errno, "read the link", directory.PathOf(name));
        }

        node = node with { Size = length, First = Store.Text.Add(targetBuffer.AsSpan(0, length)) };
        return true;
    }

    private int AddFound(PendingDirectory parent, ReadOnlySpan<byte> name, ulong device, bool isOnTheWay)
    {
        byte[] terminated = new byte[name.Length + 1];
        name.CopyTo(terminated);
        int listing = pending.NewListing();
        parent.Use();
        found.Add(new PendingDirectory(parent, terminated, listing, isOnTheWay) { Device = device });
        return listing;
    }

    private void AddEntry(ReadOnlySpan<byte> name, in Node node, SourceIdentity identity, int listing)
    {
        int text = Store.Text.Add(name);
        ref FoundEntry entry = ref Store.Entries.Add();
        entry.Node = node;
        entry.Identity = identity;
        entry.Name = text;
        entry.NameLength = (byte)name.Length;
        entry.Listing = listing;
    }

    private static Node NodeOf(in FileStatus status) => new()
    {
        Mode = status.Mode,
        Uid = status.Uid,
        Gid = status.Gid,
        LinkCount = status.LinkCount,
        Size = (NodeType)(status.Mode >> 12) == NodeType.Regular ? status.Size : 0,
        ModifiedSeconds = status.ModifiedSeconds,
        ModifiedNanoseconds = status.ModifiedNanoseconds,
        DeviceNumber = status.RawDevice,
        XattrSet = -1,
    };

    private static SourceIdentity IdentityOf(in FileStatus status) => SourceIdentity.OfFile(status.Device, status.Inode);
}
