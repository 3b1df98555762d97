using System.Diagnostics.CodeAnalysis;

namespace Hearth.Fuse.Passthrough;

/// <summary>
/// Requests that no thread has taken yet, first come first served; bounded in number and bytes. When it is full, the reader waits,
/// and with it the guest's kernel.
/// </summary>
internal sealed class RequestQueue
{
    private const int MaxCount = 256;
    private const int MaxBytes = 4 << 20;

    private readonly object gate = new();
    private readonly LinkedList<RequestMessage> waiting = new();
    private int bytes;
    private int idle;
    private bool isClosed;

    /// <summary>Waits for room and adds a request; after the queue was closed, returns it to the pool.</summary>
    /// <returns>False where no thread waits for it.</returns>
    public bool Add(RequestMessage message)
    {
        lock (gate)
        {
            while (!isClosed && waiting.Count > 0 && (waiting.Count >= MaxCount || bytes + message.Length > MaxBytes))
            {
                Monitor.Wait(gate);
            }

            if (isClosed)
            {
                message.Return();
                return true;
            }

            waiting.AddLast(message);
            bytes += message.Length;
            Monitor.PulseAll(gate);
            return idle >= waiting.Count;
        }
    }

    /// <summary>Waits for a request and takes it; false when there will be none.</summary>
    public bool TryTake([NotNullWhen(true)] out RequestMessage? message)
    {
        lock (gate)
        {
            idle++;
            while (waiting.Count == 0 && !isClosed)
            {
                Monitor.Wait(gate);
            }

            idle--;
            message = waiting.First?.Value;
            return message is not null && Remove(waiting.First!);
        }
    }

    /// <summary>Takes back a request that nobody waits for any more, if it still waits itself.</summary>
    public bool TryRemove(ulong unique)
    {
        lock (gate)
        {
            for (LinkedListNode<RequestMessage>? at = waiting.First; at is not null; at = at.Next)
            {
                if (at.Value.Unique == unique)
                {
                    at.Value.Return();
                    return Remove(at);
                }
            }

            return false;
        }
    }

    /// <summary>Ends all waiting; what waits to be served is dropped.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            foreach (RequestMessage message in waiting)
            {
                message.Return();
            }

            waiting.Clear();
            Monitor.PulseAll(gate);
        }
    }

    private bool Remove(LinkedListNode<RequestMessage> message)
    {
        waiting.Remove(message);
        bytes -= message.Value.Length;
        Monitor.PulseAll(gate);
        return true;
    }
}
