using System.Diagnostics.CodeAnalysis;

namespace Hearth.Shares;

/// <summary>
/// Requests that no thread has taken yet, first come first served; bounded in number and bytes. When it is full, the reader waits,
/// and with it the guest's kernel. It knows those that threads serve, too, so that each can be interrupted wherever it is.
/// </summary>
internal sealed class RequestQueue
{
    private const int MaxCount = 256;
    private const int MaxBytes = 4 << 20;

    private readonly object gate = new();
    private readonly LinkedList<RequestMessage> waiting = new();
    private readonly List<ServedRequest> served = [];
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

    /// <summary>A place for what one thread serves.</summary>
    public ServedRequest AddServer()
    {
        ServedRequest place = new();
        lock (gate)
        {
            served.Add(place);
        }

        return place;
    }

    /// <summary>Waits for a request and takes it; false when there will be none.</summary>
    /// <param name="place">The thread's.</param>
    /// <param name="message">What it is to serve.</param>
    public bool TryTake(ServedRequest place, [NotNullWhen(true)] out RequestMessage? message)
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
            place.Begin(message?.Unique ?? 0);
            return message is not null && Remove(waiting.First!);
        }
    }

    /// <summary>Takes a request from its thread, or from those that wait for one.</summary>
    /// <returns>True where it is the caller's to answer.</returns>
    public bool TryClaim(ulong unique)
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

            return served.Exists(place => place.TryClaim(unique));
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
