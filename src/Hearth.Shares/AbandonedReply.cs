using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// A reply that is not sent, because the calling process was killed and the request was answered with EINTR. The guest's kernel
/// does not know the nodes and handles in the reply, so it would never release them.
/// </summary>
internal static class AbandonedReply
{
    private const int AlignmentInBytes = 8;

    private static readonly int entryBytes = Unsafe.SizeOf<FuseEntryOut>();
    private static readonly int direntBytes = Unsafe.SizeOf<FuseDirent>();

    /// <summary>Releases the nodes and handles in a reply.</summary>
    /// <param name="state">The share's state.</param>
    /// <param name="opcode">The opcode of the request.</param>
    /// <param name="reply">The whole reply.</param>
    public static void Release(ShareState state, FuseOpcode opcode, ReadOnlySpan<byte> reply)
    {
        ReadOnlySpan<byte> body = reply[Unsafe.SizeOf<FuseOutHeader>()..];
        if (body.IsEmpty)
        {
            return;
        }

        switch (opcode)
        {
            case FuseOpcode.Lookup or FuseOpcode.MkNod or FuseOpcode.MkDir or FuseOpcode.SymLink or FuseOpcode.Link:
                Forget(state, body);
                break;
            case FuseOpcode.Create:
                Close(state, body[entryBytes..]);
                Forget(state, body);
                break;
            case FuseOpcode.Open or FuseOpcode.OpenDir:
                Close(state, body);
                break;
            case FuseOpcode.ReadDirPlus:
                ForgetListed(state, body);
                break;
        }
    }

    private static void Forget(ShareState state, ReadOnlySpan<byte> entry)
    {
        ulong node = MemoryMarshal.Read<FuseEntryOut>(entry).NodeId;
        if (node != 0)
        {
            state.Nodes.Forget(node, lookups: 1);
        }
    }

    private static void Close(ShareState state, ReadOnlySpan<byte> opened) =>
        state.Handles.Remove(MemoryMarshal.Read<FuseOpenOut>(opened).FileHandle);

    /// <summary>The list has struct fuse_direntplus: an entry, a dirent, and its name, padded to 8 bytes.</summary>
    private static void ForgetListed(ShareState state, ReadOnlySpan<byte> list)
    {
        while (list.Length >= entryBytes + direntBytes)
        {
            Forget(state, list);
            uint nameLength = MemoryMarshal.Read<FuseDirent>(list[entryBytes..]).NameLength;
            int length = entryBytes + direntBytes + (int)nameLength;
            list = list[Math.Min(list.Length, length + (-length & (AlignmentInBytes - 1)))..];
        }
    }
}
