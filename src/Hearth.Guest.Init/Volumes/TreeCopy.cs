using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Volumes;

/// <summary>
/// Copies what is in a directory: files, directories, symbolic links, fifos and sockets, with owners, modes, times and extended
/// attributes. Devices and what is mounted are left out, and hard links become files of their own. What a copy that was cut short has left is replaced.
/// </summary>
internal static class TreeCopy
{
    private const int ListingBytes = 32 << 10;
    private const int ChunkBytes = 256 << 10;
    private const int MaxAttributeBytes = 64 << 10;
    private const int MaxTargetBytes = 4096;
    private const uint PermissionBits = 0xfff;
    private const uint LinkType = 0xa000;
    private const uint FifoType = 0x1000;
    private const uint SocketType = 0xc000;

    /// <summary>True for a directory without entries.</summary>
    internal static bool IsEmpty(SafeFileHandle directory) => NamesIn(directory).Count == 0;

    /// <param name="from">A held directory.</param>
    /// <param name="to">Another one, which gets the first one's attributes as well.</param>
    internal static void Copy(SafeFileHandle from, SafeFileHandle to)
    {
        foreach (byte[] name in NamesIn(from))
        {
            CopyEntry(from, to, name);
        }

        CopyAttributes(from, to, Inspect(from));
    }

    private static void CopyEntry(SafeFileHandle from, SafeFileHandle to, byte[] name)
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

                CopyAttributes(source, target, status);
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
        if (status.Type == LinkType)
        {
            byte[] target = new byte[MaxTargetBytes + 1];
            Demand(HeldNodes.TryReadLink(source, target.AsSpan(0, MaxTargetBytes), out int length), "readlinkat");
            Demand(DirectoryChanges.TryMakeSymbolicLink(to, name, target.AsSpan(0, length)), "symlinkat");
            return true;
        }

        if (!status.IsRegularFile && status.Type is not ((ushort)FifoType or (ushort)SocketType))
        {
            return false;
        }

        Demand(DirectoryChanges.TryMakeNode(to, name, status.Mode), "mknodat");
        return true;
    }

    private static void CopyBytes(SafeFileHandle source, SafeFileHandle target, long size)
    {
        Demand(HeldNodes.TryOpen(source, OpenFlags.None, out SafeFileHandle reading), "openat2");
        Demand(HeldNodes.TryOpen(target, OpenFlags.WriteOnly, out SafeFileHandle writing), "openat2");
        using (reading)
        using (writing)
        {
            byte[] chunk = new byte[(int)Math.Min(size, ChunkBytes)];
            for (long offset = 0; offset < size;)
            {
                Demand(ContentFiles.TryRead(reading, chunk, offset, out int count), "pread");
                if (count == 0)
                {
                    return;
                }

                Demand(FileWriting.TryWrite(writing, chunk.AsSpan(0, count), offset, out int written), "pwrite");
                offset += written;
            }
        }
    }

    /// <summary>Owners first, since they take set-id bits and capabilities off; times last, since all else changes them.</summary>
    private static void CopyAttributes(SafeFileHandle source, SafeFileHandle target, in NodeStatus status)
    {
        Demand(NodeChanges.TrySetOwner(target, status.Uid, status.Gid), "fchownat");
        if (status.Type != LinkType)
        {
            Demand(NodeChanges.TrySetMode(target, status.Mode & PermissionBits), "chmod");
        }

        byte[] names = new byte[MaxAttributeBytes];
        byte[] value = new byte[MaxAttributeBytes];
        Errno errno = HeldAttributes.TryList(source, names, out int length);
        for (int start = 0; errno == Errno.None && start < length;)
        {
            ReadOnlySpan<byte> name = names.AsSpan(start, names.AsSpan(start).IndexOf((byte)0));
            start += name.Length + 1;
            if (HeldAttributes.TryGet(source, name, value, out int size) == Errno.None)
            {
                // What this file system does not keep cannot be kept.
                _ = HeldAttributes.TrySet(target, name, value.AsSpan(0, size), flags: 0);
            }
        }

        Demand(NodeChanges.TrySetTimes(target, status.Accessed, status.Modified), "utimensat");
    }

    private static List<byte[]> NamesIn(SafeFileHandle held)
    {
        List<byte[]> names = [];
        Demand(HeldNodes.TryOpenDirectory(held, out SafeFileHandle directory), "openat2");
        using (directory)
        {
            byte[] listing = new byte[ListingBytes];
            while (true)
            {
                Demand(DirectoryFiles.TryList(directory, listing, out int count), "getdents64");
                if (count == 0)
                {
                    return names;
                }

                DirectoryEntryReader entries = new(listing.AsSpan(0, count));
                while (entries.MoveNext())
                {
                    names.Add([.. entries.Name, 0]);
                }
            }
        }
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
            throw new LinuxException(call, errno, "a volume's first content");
        }
    }
}
