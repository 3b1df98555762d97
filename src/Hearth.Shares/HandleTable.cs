using System.Diagnostics.CodeAnalysis;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// The guest's open files and directories, by numbers that are never reused, up to a limit. The nodes of open files keep their
/// descriptors. A handle is reserved before a file is opened, so an open that exceeds the limit has no side effects.
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

    /// <summary>Reserves a handle; false if the limit is reached.</summary>
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

    /// <summary>Cancels a reservation after a failed open.</summary>
    public void CancelReservation()
    {
        lock (gate)
        {
            taken--;
        }
    }

    /// <summary>Adds an open file for a reservation.</summary>
    /// <param name="node">The node that is open.</param>
    /// <param name="file">Its descriptor; the table takes ownership.</param>
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

    /// <summary>Closes a handle; false if there is none with this number.</summary>
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

    /// <summary>
    /// Restores the node's descriptor, which another request has caused to be closed during the open. The node's name may be removed,
    /// but the open file still exists.
    /// </summary>
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
