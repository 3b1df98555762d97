using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>
/// Lines for whoever waits for the container's start. The run tells them; they are kept until a client that starts it has come,
/// and then go to it in their order.
/// </summary>
internal sealed class StartNotices
{
    /// <summary>A start has a handful of things to say.</summary>
    private const int MostKept = 100;

    private readonly Lock gate = new();
    private readonly Queue<string> kept = [];
    private ControlConnection? reader;
    private Task sending = Task.CompletedTask;

    public void Tell(string line)
    {
        lock (gate)
        {
            if (reader is { } connection)
            {
                Send(connection, line);
            }
            else if (kept.Count < MostKept)
            {
                kept.Enqueue(line);
            }
        }
    }

    /// <summary>Sends a client what there was and what comes, where it wants it.</summary>
    public NoticeRelay Relay(ControlConnection connection, bool isWanted)
    {
        if (isWanted)
        {
            lock (gate)
            {
                reader = connection;
                while (kept.TryDequeue(out string? line))
                {
                    Send(connection, line);
                }
            }
        }

        return new NoticeRelay(this, connection);
    }

    internal void Leave(ControlConnection connection)
    {
        lock (gate)
        {
            if (reader == connection)
            {
                reader = null;
            }
        }
    }

    /// <summary>One after the other, and not on the thread that has something to tell.</summary>
    private void Send(ControlConnection connection, string line) =>
        sending = sending.ContinueWith(_ => SendAsync(connection, line), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();

    private static async Task SendAsync(ControlConnection connection, string line)
    {
        try
        {
            await connection.SendAsync(new NoticeReply(line)).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Whoever wanted to know is gone.
        }
    }
}

/// <summary>Ends the sending of notices to a client.</summary>
internal readonly struct NoticeRelay(StartNotices board, ControlConnection connection) : IDisposable
{
    public void Dispose() => board.Leave(connection);
}
