using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>The state of a share, and the steps that its operations have in common: to reach a node, and to answer with one.</summary>
internal sealed class ShareState : IDisposable
{
    private const uint NoGroup = 65534;

    private readonly Share share;
    private readonly Action<ulong> invalidate;

    /// <param name="share">The share; the state takes ownership.</param>
    /// <param name="invalidate">Invalidates a node's attributes in the cache of the guest's kernel.</param>
    public ShareState(Share share, Action<ulong> invalidate)
    {
        this.share = share;
        this.invalidate = invalidate;
        Nodes = new NodeTable(share.Root, share.Status, share.Options);
        Handles = new HandleTable(Nodes, share.Options.MaxOpenFiles);
        Attributes = new ShareAttributes(share.Status);
    }

    public NodeTable Nodes { get; }

    public HandleTable Handles { get; }

    public ShareAttributes Attributes { get; }

    public bool IsReadOnly => share.Options.ReadOnly;

    /// <summary>Reaches the node of a request.</summary>
    /// <param name="id">The kernel's number of the node.</param>
    /// <param name="caller">The identity of the serving thread.</param>
    /// <param name="node">The node; valid only on success.</param>
    /// <param name="hold">The reference to its descriptor; the caller disposes it in any case.</param>
    /// <returns>ESTALE if there is no such node, or if it cannot be found again.</returns>
    public Errno TryHold(ulong id, CallerIdentity caller, out Node node, out NodeHold hold)
    {
        node = Nodes.Find(id) ?? Nodes.Root;
        hold = default;
        return node.Id == id ? TryHold(node, caller, out hold) : Errno.ESTALE;
    }

    /// <summary>Looks up a name in a directory and answers with the entry.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="directory">The directory's descriptor.</param>
    /// <param name="name">The name; a NUL follows directly after the span.</param>
    /// <param name="reply">Receives the entry.</param>
    public Errno ReplyWithEntry(Node parent, in NodeHold directory, ReadOnlySpan<byte> name, ref FuseReply reply)
    {
        Errno errno = HeldNodes.TryInspect(directory.Descriptor, name, out NodeStatus status);
        return errno == Errno.None ? ReplyWithEntry(parent, name, status, ref reply, out _) : errno;
    }

    /// <summary>Answers with the entry of a file that is in a directory under this name.</summary>
    public Errno ReplyWithEntry(Node parent, ReadOnlySpan<byte> name, in NodeStatus status, ref FuseReply reply, out Node node)
    {
        Errno errno = Nodes.TryAdd(parent, name, status, out node);
        if (errno == Errno.None)
        {
            reply.Write(Attributes.Entry(node, status));
        }

        return errno;
    }

    /// <summary>Answers with a file's attributes.</summary>
    public Errno ReplyWithAttributes(Node node, SafeFileHandle file, ref FuseReply reply)
    {
        Errno errno = HeldNodes.TryInspect(file, "\0"u8, out NodeStatus status);
        if (errno == Errno.None)
        {
            reply.Write(Attributes.Attributes(node, status));
        }

        return errno;
    }

    /// <summary>
    /// Must be called after a write to a file and before its answer. The write may have cleared set-id bits. If the guest's kernel
    /// has cached them, they are invalidated, so that no process becomes another user by outdated bits.
    /// </summary>
    public void NoteWritten(Node node)
    {
        if (node.IsToldSetIds)
        {
            invalidate(node.Id);
        }
    }

    /// <summary>Records the file that a directory's name leads to now. It acts as the server, since the user may lack permission.</summary>
    public void NoteMove(Node parent, in NodeHold directory, ReadOnlySpan<byte> name, CallerIdentity caller)
    {
        using CallerIdentity.Interval interval = caller.AsServer();
        if (HeldNodes.TryInspect(directory.Descriptor, name, out NodeStatus status) == Errno.None)
        {
            Nodes.Move(parent, name, status);
        }
    }

    /// <summary>The group of a node; the overflow group if there is no such node.</summary>
    public uint GroupOf(ulong id, CallerIdentity caller)
    {
        Errno errno = TryHold(id, caller, out _, out NodeHold node);
        using (node)
        {
            return errno == Errno.None && HeldNodes.TryInspect(node.Descriptor, "\0"u8, out NodeStatus status) == Errno.None ? status.Gid : NoGroup;
        }
    }

    /// <summary>Releases everything. It must be called only when no thread uses the state any more.</summary>
    public void Dispose()
    {
        Handles.Dispose();
        Nodes.Dispose();
        share.Dispose();
    }

    /// <summary>Reaches a node. Without a descriptor, it is found again by its names; if it has several, by any remaining one.</summary>
    private Errno TryHold(Node node, CallerIdentity caller, out NodeHold hold)
    {
        if (Nodes.TryHold(node, out hold))
        {
            return Errno.None;
        }

        using CallerIdentity.Interval interval = caller.AsServer();
        Errno errno = TryWalk(node, out hold);
        for (int tried = 1; errno == Errno.ESTALE && Nodes.TryOtherPlace(node, tried); tried++)
        {
            errno = TryWalk(node, out hold);
        }

        return errno;
    }

    /// <summary>Follows the names from the nearest ancestor with a descriptor.</summary>
    private Errno TryWalk(Node node, out NodeHold hold)
    {
        List<(Node Node, byte[] Name)>? way = Nodes.WayTo(node, out hold);
        if (way is null)
        {
            return Errno.ESTALE;
        }

        foreach ((Node step, byte[] name) in way)
        {
            Errno errno = TryStep(hold, step, name, out NodeHold next);
            hold.Dispose();
            hold = next;
            if (errno != Errno.None)
            {
                return errno;
            }
        }

        return Errno.None;
    }

    private Errno TryStep(scoped in NodeHold directory, Node node, byte[] name, out NodeHold hold)
    {
        hold = default;
        Errno errno = HeldNodes.TryHold(directory.Descriptor, name, mayCrossMounts: true, out SafeFileHandle found);
        if (errno != Errno.None || HeldNodes.TryInspect(found, "\0"u8, out NodeStatus status) != Errno.None || NodeKey.Of(status) != node.Key)
        {
            found.Dispose();
            return errno is Errno.None or Errno.ENOENT or Errno.ENOTDIR ? Errno.ESTALE : errno;
        }

        hold = Nodes.Install(node, found);
        return Errno.None;
    }
}
