using System.Runtime.CompilerServices;
using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>Listing directories, with or without a lookup of their entries.</summary>
internal sealed class DirectoryOperations(ShareState state)
{
    /// <summary>
    /// The size of one listing from the host's kernel. It depends on the size that the guest's kernel requests; an entry with a
    /// lookup takes <see cref="LookedUpIsLargerBy"/> times as much in the reply. Entries that do not fit are listed again later.
    /// </summary>
    private const int MaxListingInBytes = 32 << 10;
    private const int LeastListingInBytes = 1 << 10;
    private const int LookedUpIsLargerBy = 5;

    private const uint TypeBits = 0xf000;
    private const int TypeShift = 12;

    public Errno Open(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node node, out NodeHold hold);
        using (hold)
        {
            if (errno != Errno.None || !node.Key.IsDirectory)
            {
                return errno == Errno.None ? Errno.ENOTDIR : errno;
            }

            if (!state.Handles.TryReserve())
            {
                return Errno.ENFILE;
            }

            errno = HeldNodes.TryOpenDirectory(hold.Descriptor, out SafeFileHandle directory);
            if (errno != Errno.None)
            {
                directory.Dispose();
                state.Handles.CancelReservation();
                return errno;
            }

            reply.Write(new FuseOpenOut { FileHandle = state.Handles.Add(node, directory) });
            return Errno.None;
        }
    }

    public Errno Read(in FuseRequest request, bool looksUp, ref FuseReply reply)
    {
        if (!request.TryReadBody(out FuseReadIn range) || range.Offset > long.MaxValue || range.Size > ShareOptions.MaxTransferInBytes)
        {
            return Errno.EPROTO;
        }

        if (!state.Handles.TryFind(range.FileHandle, out OpenNode? open) || !open.Node.Key.IsDirectory)
        {
            return Errno.EBADF;
        }

        lock (open.Listing)
        {
            if (open.Position != range.Offset && FileWriting.TrySeek(open.File, (long)range.Offset, SeekTarget.Start, out _) is var errno and not Errno.None)
            {
                return errno;
            }

            open.Position = range.Offset;
            return List(open, (int)range.Size, looksUp, ref reply);
        }
    }

    private Errno List(OpenNode open, int size, bool looksUp, ref FuseReply reply)
    {
        Span<byte> listing = stackalloc byte[Math.Clamp(looksUp ? size / LookedUpIsLargerBy : size, LeastListingInBytes, MaxListingInBytes)];
        Errno errno = DirectoryFiles.TryList(open.File, listing, out int count);
        if (errno != Errno.None)
        {
            return errno;
        }

        var entries = new DirectoryEntryReader(listing[..count], withDots: true);
        ulong reached = open.Position;
        bool fits = true;
        while (fits && entries.MoveNext())
        {
            fits = looksUp ? TryTellLookedUp(open, entries, size, ref reply) : TryTell(open, entries, size, ref reply);
            reached = fits ? entries.Offset : reached;
        }

        // If an entry did not fit, the descriptor's position is ahead of the reply, so the next listing must seek first. A reply
        // without entries would mean the end of the directory.
        bool isNothing = !fits && reached == open.Position;
        open.Position = fits ? reached : ulong.MaxValue;
        return isNothing ? Errno.EINVAL : Errno.None;
    }

    private bool TryTell(OpenNode open, scoped DirectoryEntryReader entry, int size, ref FuseReply reply) =>
        reply.TryWriteDirent(DirentOf(open, entry), entry.Name, size);

    /// <summary>
    /// Writes an entry with its lookup. An entry that was removed or cannot be looked up is written without a node; the guest's
    /// kernel looks it up when it needs it.
    /// </summary>
    private bool TryTellLookedUp(OpenNode open, scoped DirectoryEntryReader entry, int size, ref FuseReply reply)
    {
        if (!reply.HasRoomForDirent(entry.Name.Length, Unsafe.SizeOf<FuseEntryOut>(), size))
        {
            return false;
        }

        FuseEntryOut known = default;
        FuseDirent dirent = DirentOf(open, entry);
        if (!entry.IsDots
            && HeldNodes.TryInspect(open.File, entry.Name, out NodeStatus status) == Errno.None
            && state.Nodes.TryAdd(open.Node, entry.Name, status, out Node node) == Errno.None)
        {
            known = state.Attributes.Entry(node, status);
            dirent.Type = (status.Mode & TypeBits) >> TypeShift;
            dirent.Inode = known.Attr.Inode;
        }

        reply.Write(known);
        return reply.TryWriteDirent(dirent, entry.Name, int.MaxValue);
    }

    /// <summary>The directory entry for the guest. The parent of the share's root is not revealed, not even its inode number.</summary>
    private FuseDirent DirentOf(OpenNode open, scoped DirectoryEntryReader entry) => new()
    {
        Inode = state.Attributes.InodeOf(open.Node.Key.Device, entry.IsDots ? open.Node.Key.Inode : entry.Inode),
        Offset = entry.Offset,
        Type = entry.Type,
    };
}
