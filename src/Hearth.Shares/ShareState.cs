using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>What a share's operations work on, and what they all do: reach a node, and tell the kernel of one.</summary>
internal sealed class ShareState : IDisposable
{
    private const uint NoGroup = 65534;

    private readonly Share share;
    private readonly Action<ulong> invalidate;

    /// <param name="share">The state's own from now on.</param>
    /// <param name="invalidate">Tells the kernel that a node's attributes are not what it remembers.</param>
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
    /// <param name="id">The kernel's number of it.</param>
    /// <param name="caller">The serving thread's.</param>
    /// <param name="node">The node; to be used only on success.</param>
    /// <param name="hold">To be disposed of in any case.</param>
    /// <returns>ESTALE where there is no such node, or where it cannot be found again.</returns>
    public Errno TryHold(ulong id, CallerIdentity caller, out Node node, out NodeHold hold)
    {
        node = Nodes.Find(id) ?? Nodes.Root;
        hold = default;
        return node.Id == id ? TryHold(node, caller, out hold) : Errno.ESTALE;
    }

    /// <summary>Answers with what a directory has under a name.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="directory">Its descriptor.</param>
    /// <param name="name">NUL-terminated right behind the span.</param>
    /// <param name="reply">Takes the entry.</param>
    public Errno Tell(Node parent, in NodeHold directory, ReadOnlySpan<byte> name, ref FuseReply reply)
    {
        Errno errno = HeldNodes.TryInspect(directory.Descriptor, name, out NodeStatus status);
        return errno == Errno.None ? Tell(parent, name, status, ref reply, out _) : errno;
    }

    /// <summary>Answers with a file that stands in a directory under a name.</summary>
    public Errno Tell(Node parent, ReadOnlySpan<byte> name, in NodeStatus status, ref FuseReply reply, out Node node)
    {
        Errno errno = Nodes.TryAdd(parent, name, status, out node);
        if (errno == Errno.None)
        {
            reply.Write(Attributes.Entry(node, status));
        }

        return errno;
    }

    /// <summary>Answers with a file's attributes.</summary>
    public Errno TellAttributes(Node node, SafeFileHandle file, ref FuseReply reply)
    {
        Errno errno = HeldNodes.TryInspect(file, "\0"u8, out NodeStatus status);
        if (errno == Errno.None)
        {
            reply.Write(Attributes.Attributes(node, status));
        }

        return errno;
    }

    /// <summary>
    /// To be called, before the answer, when a file was written to: if the kernel knows of set-id bits, they may be gone, and
    /// nobody may become another user by what it remembers.
    /// </summary>
    public void NoteWritten(Node node)
    {
        if (node.IsToldSetIds)
        {
            invalidate(node.Id);
        }
    }

    /// <summary>Takes note of where a directory's name leads now, as the server and not as a user who may not look.</summary>
    public void NoteMove(Node parent, in NodeHold directory, ReadOnlySpan<byte> name, CallerIdentity caller)
    {
        using CallerIdentity.Interval interval = caller.AsServer();
        if (HeldNodes.TryInspect(directory.Descriptor, name, out NodeStatus status) == Errno.None)
        {
            Nodes.Move(parent, name, status);
        }
    }

    /// <summary>The group of a node; the overflow group where there is no such node.</summary>
    public uint GroupOf(ulong id, CallerIdentity caller)
    {
        Errno errno = TryHold(id, caller, out _, out NodeHold node);
        using (node)
        {
            return errno == Errno.None && HeldNodes.TryInspect(node.Descriptor, "\0"u8, out NodeStatus status) == Errno.None ? status.Gid : NoGroup;
        }
    }

    /// <summary>Only when nothing uses it any more.</summary>
    public void Dispose()
    {
        Handles.Dispose();
        Nodes.Dispose();
        share.Dispose();
    }

    /// <summary>A node without a descriptor is found again by its names; a file with several names, by any of them that is left.</summary>
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

    /// <summary>Goes by the names from the next directory above that has a descriptor.</summary>
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
