using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Trees;

/// <summary>
/// Copies a directory's content: files, directories, symbolic links, fifos and sockets, with owners, modes, times and extended
/// attributes. Devices and mounts are left out, and hard links become separate files. The remains of an interrupted copy are
/// replaced. For one thread.
/// </summary>
internal sealed class TreeCopy
{
    private const int ListingBytes = 32 << 10;
    private const int ChunkBytes = 256 << 10;
    private const int MaxTargetBytes = 4096;
    private const uint PermissionBits = 0xfff;

    private readonly byte[] chunk = new byte[ChunkBytes];
    private readonly byte[] listing = new byte[ListingBytes];
    private readonly AttributeCopy attributes = new();

    /// <summary>Returns whether a directory has no entries.</summary>
    internal bool IsEmpty(SafeFileHandle directory) => ListNames(directory).Count == 0;

    /// <param name="from">The open source directory.</param>
    /// <param name="to">The open target directory, which also gets the source's attributes.</param>
    internal void Copy(SafeFileHandle from, SafeFileHandle to)
    {
        CopyContent(from, to);
        attributes.Copy(from, to, Inspect(from));
    }

    /// <summary>Copies the content without the attributes of the directory itself.</summary>
    internal void CopyContent(SafeFileHandle from, SafeFileHandle to)
    {
        // All names are read first, since the directories below use the same buffer.
        foreach (byte[] name in ListNames(from))
        {
            CopyEntry(from, to, name);
        }
    }

    private void CopyEntry(SafeFileHandle from, SafeFileHandle to, byte[] name)
    {
        Errno errno = HeldNodes.TryHold(from, name, mayCrossMounts: false, out SafeFileHandle source);
        using (source)
        {
            if (errno == Errno.EXDEV)
            {
                return;
            }

            Demand(errno, "openat2");
            NodeStatus status = Inspect(source);
            if (!TryMake(source, status, to, name))
            {
                return;
            }

            Demand(HeldNodes.TryHold(to, name, mayCrossMounts: false, out SafeFileHandle target), "openat2");
            using (target)
            {
                if (status.IsDirectory)
                {
                    Copy(source, target);
                    return;
                }

                if (status.IsRegularFile)
                {
                    CopyBytes(source, target, (long)status.Size);
                }

                attributes.Copy(source, target, status);
            }
        }
    }

    /// <returns>False for a device.</returns>
    private static bool TryMake(SafeFileHandle source, in NodeStatus status, SafeFileHandle to, byte[] name)
    {
        if (status.IsDirectory)
        {
            Errno errno = DirectoryChanges.TryMakeDirectory(to, name, PermissionBits & status.Mode);
            Demand(errno == Errno.EEXIST ? Errno.None : errno, "mkdirat");
            return true;
        }

        _ = DirectoryChanges.TryUnlink(to, name);
        if (status.Type == NodeTypes.SymbolicLink)
        {
            byte[] target = new byte[MaxTargetBytes + 1];
            Demand(HeldNodes.TryReadLink(source, target.AsSpan(0, MaxTargetBytes), out int length), "readlinkat");
            Demand(DirectoryChanges.TryMakeSymbolicLink(to, name, target.AsSpan(0, length)), "symlinkat");
            return true;
        }

        if (!status.IsRegularFile && status.Type is not (NodeTypes.Fifo or NodeTypes.Socket))
        {
            return false;
        }

        Demand(DirectoryChanges.TryMakeNode(to, name, status.Mode), "mknodat");
        return true;
    }

    private void CopyBytes(SafeFileHandle source, SafeFileHandle target, long size)
    {
        Demand(HeldNodes.TryOpen(source, OpenFlags.None, out SafeFileHandle reading), "openat2");
        Demand(HeldNodes.TryOpen(target, OpenFlags.WriteOnly, out SafeFileHandle writing), "openat2");
        using (reading)
        using (writing)
        {
            for (long offset = 0; offset < size;)
            {
                Demand(ContentFiles.TryRead(reading, chunk.AsSpan(0, (int)Math.Min(size - offset, ChunkBytes)), offset, out int count), "pread");
                if (count == 0)
                {
                    return;
                }

                Demand(FileWriting.TryWrite(writing, chunk.AsSpan(0, count), offset, out int written), "pwrite");
                offset += written;
            }
        }
    }

    private List<byte[]> ListNames(SafeFileHandle held)
    {
        List<byte[]> all = [];
        Demand(HeldNodes.TryOpenDirectory(held, out SafeFileHandle directory), "openat2");
        using (directory)
        {
            while (ReadNames(directory) is { Count: > 0 } names)
            {
                all.AddRange(names);
            }
        }

        return all;
    }

    /// <returns>The next names of an open directory, NUL-terminated; none at the end.</returns>
    private List<byte[]> ReadNames(SafeFileHandle directory)
    {
        List<byte[]> names = [];
        int count;
        do
        {
            Demand(DirectoryFiles.TryList(directory, listing, out count), "getdents64");
            DirectoryEntryReader entries = new(listing.AsSpan(0, count));
            while (entries.MoveNext())
            {
                names.Add([.. entries.Name, 0]);
            }
        }
        while (count > 0 && names.Count == 0);
        return names;
    }

    private static NodeStatus Inspect(SafeFileHandle held)
    {
        Demand(HeldNodes.TryInspect(held, "\0"u8, out NodeStatus status), "statx");
        return status;
    }

    private static void Demand(Errno errno, string call)
    {
        if (errno != Errno.None)
        {
            throw new LinuxException(call, errno, "the image's content");
        }
    }
}
