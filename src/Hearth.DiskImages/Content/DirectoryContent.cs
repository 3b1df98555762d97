using Hearth.DiskImages.Content;
using Hearth.FileTree;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.DiskImages;

/// <summary>
/// Reads a tree's files from the directories that were walked. A file is opened on first use, strictly beneath its root. It
/// is compared with its node (device, inode, size, modification time) when it is opened and again after every read. The
/// kernel sets a file's new time before its new bytes, so bytes that change during a read are never returned. Two changes are
/// not detected, since the modification time does not show them: stores through a mapping made before the walk, and a time
/// that was set back by hand. Thread-safe; reading an open file takes no lock and allocates nothing.
/// </summary>
public sealed class DirectoryContent : IContentSource
{
    private readonly WalkedTree walk;
    private readonly Tree tree;
    private readonly SafeFileHandle?[] roots;
    private readonly bool[] mayCrossMounts;
    private readonly bool[] isDeclared;
    private readonly DirectoryContentOptions options;
    private readonly OpenFileCache files;
    private readonly SourceFaults faults;

    /// <summary>Reads from one directory.</summary>
    /// <exception cref="LinuxException">The directory cannot be opened.</exception>
    public DirectoryContent(WalkedTree walked, string root, DirectoryContentOptions? options = null)
        : this(walked, [new ContentRoot(root, (options ?? DirectoryContentOptions.Default).CrossMounts)], options)
    {
    }

    /// <summary>
    /// Reads from the sources that were merged into the tree, in the order of <see cref="Node.Origin"/>: first a directory,
    /// then directories or single files. Null is for a source whose files another content reads.
    /// </summary>
    /// <exception cref="LinuxException">A source cannot be opened.</exception>
    public DirectoryContent(WalkedTree walked, IReadOnlyList<ContentRoot?> roots, DirectoryContentOptions? options = null)
    {
        walk = walked;
        tree = walked.Tree;
        this.options = options ?? DirectoryContentOptions.Default;
        files = new OpenFileCache(this.options.MostOpenFiles);
        faults = new SourceFaults(tree, this.options.OnFault);
        this.roots = new SafeFileHandle[roots.Count];
        mayCrossMounts = [.. roots.Select(root => root?.CrossMounts == true)];
        isDeclared = [.. roots.Select(root => root?.IsDeclared == true)];
        try
        {
            for (int i = 0; i < roots.Count; i++)
            {
                this.roots[i] = roots[i] is not { } root ? null : i == 0 ? ContentFiles.OpenDirectory(root.Path) : ContentFiles.OpenSource(root.Path);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The number of descriptors kept open.</summary>
    public int OpenFiles => files.Count;

    public long FailedReads => faults.Count;

    public IReadOnlyList<SourceFault> Faults => faults.First;

    /// <summary>Completes synchronously: a directory's files are read on the caller's thread, however long that takes.</summary>
    public ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            Read(node, offset, destination.Span);
            return ValueTask.CompletedTask;
        }
        catch (DiskImageException failure)
        {
            return ValueTask.FromException(failure);
        }
    }

    public void Dispose()
    {
        files.Dispose();
        foreach (SafeFileHandle? root in roots)
        {
            root?.Dispose();
        }
    }

    private void Read(NodeId node, long offset, Span<byte> destination)
    {
        OpenFile file = files.TryTake(node.Index) ?? Open(node);
        try
        {
            Fill(node, file, offset, destination);
            Verify(node, file);
        }
        finally
        {
            file.Release();
        }
    }

    private OpenFile Open(NodeId node)
    {
        ushort origin = tree[node].Origin;
        byte[] path = tree.PathInOriginOf(node);
        Errno errno = path.Length == 0
            ? ContentFiles.TryOpenItself(roots[origin]!, out SafeFileHandle handle)
            : ContentFiles.TryOpenBeneath(roots[origin]!, path, mayCrossMounts[origin], out handle);
        if (errno == Errno.None)
        {
            return VerifyOpened(node, files.Add(node.Index, handle));
        }

        handle.Dispose();
        bool isElsewhere = errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.EXDEV or Errno.ENXIO;
        throw faults.Add(node, isElsewhere ? DiskImageError.SourceChanged : DiskImageError.SourceUnreadable, $"it cannot be opened: {errno}");
    }

    /// <summary>Verifies before the first read, since reading another kind of file in its place could do harm.</summary>
    private OpenFile VerifyOpened(NodeId node, OpenFile file)
    {
        try
        {
            Verify(node, file);
            return file;
        }
        catch
        {
            file.Release();
            throw;
        }
    }

    private void Fill(NodeId node, OpenFile file, long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            Errno errno = ContentFiles.TryRead(file.Handle, destination, offset, out int count);
            if (errno != Errno.None)
            {
                Drop(node, file, DiskImageError.SourceUnreadable, $"reading {destination.Length} bytes at {offset} failed: {errno}");
            }

            if (count == 0)
            {
                Verify(node, file);
                Drop(node, file, DiskImageError.SourceUnreadable, $"it ended at {offset} instead of {tree[node].Size}");
            }

            offset += count;
            destination = destination[count..];
        }
    }

    private void Verify(NodeId node, OpenFile file)
    {
        Errno errno = ContentFiles.TryIdentify(file.Handle, out FileIdentity found);
        if (errno != Errno.None)
        {
            Drop(node, file, DiskImageError.SourceUnreadable, $"its status cannot be read: {errno}");
        }

        ref readonly Node walked = ref tree[node];
        bool isSame = found.Size == walked.Size
            && found.ModifiedSeconds == walked.ModifiedSeconds
            && found.ModifiedNanoseconds == walked.ModifiedNanoseconds
            && (isDeclared[walked.Origin] || IdentityOf(found) == walk.IdentityOf(node))
            && (NodeType)(found.Mode >> 12) == NodeType.Regular;
        if (!isSame)
        {
            Drop(node, file, DiskImageError.SourceChanged, Difference(node, found));
        }
    }

    private static SourceIdentity IdentityOf(in FileIdentity found) => SourceIdentity.OfFile(found.Device, found.Inode);

    private string Difference(NodeId node, in FileIdentity found)
    {
        ref readonly Node walked = ref tree[node];
        SourceIdentity identity = walk.IdentityOf(node);
        if ((NodeType)(found.Mode >> 12) != NodeType.Regular || !(isDeclared[walked.Origin] || IdentityOf(found) == identity))
        {
            return $"another file is in its place (mode {found.Mode:x}, device {found.Device:x}, inode {found.Inode}; it was device {identity.Store:x}, inode {identity.Position})";
        }

        return found.Size != walked.Size
            ? $"its size is {found.Size}, and was {walked.Size}"
            : $"it was modified at {found.ModifiedSeconds}.{found.ModifiedNanoseconds:d9}, and before at {walked.ModifiedSeconds}.{walked.ModifiedNanoseconds:d9}";
    }

    /// <summary>Closes the descriptor and throws. The next read opens the path again and may find the original file.</summary>
    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    private void Drop(NodeId node, OpenFile file, DiskImageError error, string reason)
    {
        files.Remove(file);
        throw faults.Add(node, error, reason);
    }
}
