using Hearth.Guest.Protocol.Names;

namespace Hearth.Guest.Init.Network.Names;

/// <summary>
/// The queries that the host has not answered yet, at most <see cref="NameFrame.MaxOutstanding"/>. An id is a slot and the
/// number of times that slot was used, so an answer that comes twice finds nothing. Not thread-safe.
/// </summary>
internal sealed class PendingQueries
{
    private readonly PendingQuery[] queries = new PendingQuery[NameFrame.MaxOutstanding];
    private readonly uint[] ids = new uint[NameFrame.MaxOutstanding];
    private readonly bool[] isUsed = new bool[NameFrame.MaxOutstanding];
    private readonly Queue<int> free = new(NameFrame.MaxOutstanding);

    internal PendingQueries()
    {
        for (int slot = 0; slot < NameFrame.MaxOutstanding; slot++)
        {
            ids[slot] = (uint)slot;
            free.Enqueue(slot);
        }
    }

    /// <returns>False if there are too many.</returns>
    internal bool TryAdd(in PendingQuery query, out uint id)
    {
        if (!free.TryDequeue(out int slot))
        {
            id = 0;
            return false;
        }

        id = ids[slot];
        queries[slot] = query;
        isUsed[slot] = true;
        return true;
    }

    /// <returns>False for an id that waits for no answer.</returns>
    internal bool TryTake(uint id, out PendingQuery query)
    {
        int slot = (int)(id % NameFrame.MaxOutstanding);
        query = queries[slot];
        if (!isUsed[slot] || ids[slot] != id)
        {
            return false;
        }

        queries[slot] = default;
        isUsed[slot] = false;
        ids[slot] += NameFrame.MaxOutstanding;
        free.Enqueue(slot);
        return true;
    }
}
