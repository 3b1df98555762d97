using System.Diagnostics.CodeAnalysis;

namespace Hearth.Shares;

/// <summary>
/// A queue of requests, first in, first out, with a limit of requests and bytes. When it is full, the reader waits, and with it the
/// guest's kernel. The queue also knows the requests that threads are serving, so that every request can be interrupted.
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

    /// <summary>Waits for room and adds a request. If the queue is closed, returns the request's memory to the pool.</summary>
    /// <returns>False if no idle thread is available for it.</returns>
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

    /// <summary>Adds a record of the request that one thread serves.</summary>
    public ServedRequest AddServer()
    {
        ServedRequest place = new();
        lock (gate)
        {
            served.Add(place);
        }

        return place;
    }

    /// <summary>Waits for a request and takes it; false if the queue is closed.</summary>
    /// <param name="place">The thread's record.</param>
    /// <param name="message">The request to serve.</param>
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

    /// <summary>Claims a request, from the queue or from its serving thread.</summary>
    /// <returns>True if the caller must answer the request.</returns>
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

    /// <summary>Closes the queue, ends all waits, and drops the queued requests.</summary>
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
