using System.Diagnostics.CodeAnalysis;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// What the guest has open, by numbers that are never used twice; at most so many. Its nodes keep their descriptors meanwhile.
/// A place is taken before the opening, so that nothing happens for an opening that cannot be kept.
/// </summary>
internal sealed class HandleTable(NodeTable nodes, int maxHandles) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, OpenNode> handles = [];
    private ulong lastId;
    private int taken;

    public int Count
    {
        get
        {
            lock (gate)
            {
                return handles.Count;
            }
        }
    }

    /// <summary>Takes a place; false where all are taken.</summary>
    public bool TryReserve()
    {
        lock (gate)
        {
            if (taken >= maxHandles)
            {
                return false;
            }

            taken++;
            return true;
        }
    }

    /// <summary>Gives a place back that came to nothing.</summary>
    public void CancelReservation()
    {
        lock (gate)
        {
            taken--;
        }
    }

    /// <summary>Fills a place.</summary>
    /// <param name="node">What is open.</param>
    /// <param name="file">The table's own from now on.</param>
    public ulong Add(Node node, SafeFileHandle file)
    {
        if (!nodes.Pin(node))
        {
            Restore(node, file);
        }

        lock (gate)
        {
            handles.Add(++lastId, new OpenNode(node, file));
            return lastId;
        }
    }

    public bool TryFind(ulong id, [NotNullWhen(true)] out OpenNode? open)
    {
        lock (gate)
        {
            return handles.TryGetValue(id, out open);
        }
    }

    /// <summary>Closes one; false for a number that stands for none.</summary>
    public bool Remove(ulong id)
    {
        OpenNode? open;
        lock (gate)
        {
            if (!handles.Remove(id, out open))
            {
                return false;
            }

            taken--;
        }

        open.File.Dispose();
        nodes.Unpin(open.Node);
        return true;
    }

    public void Dispose()
    {
        OpenNode[] all;
        lock (gate)
        {
            all = [.. handles.Values];
            handles.Clear();
        }

        foreach (OpenNode open in all)
        {
            open.File.Dispose();
        }
    }

    /// <summary>Another request had the node's descriptor closed during the opening. The node's name may be gone; what is open is not.</summary>
    private void Restore(Node node, SafeFileHandle file)
    {
        if (HeldNodes.TryHoldOpen(file, out SafeFileHandle held) == Errno.None)
        {
            nodes.Install(node, held).Dispose();
        }
        else
        {
            held.Dispose();
        }
    }
}
