using Hearth.Containers.Diagnostics;
using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>
/// Diagnostics for whoever waits for the container's start. The run adds them; they are kept until a client that starts the
/// container has come, and are sent to it in their order.
/// </summary>
internal sealed class StartDiagnostics
{
    /// <summary>A start has a handful of things to say.</summary>
    private const int MostKept = 100;

    private readonly Lock gate = new();
    private readonly Queue<Diagnostic> kept = [];
    private ControlConnection? reader;
    private Task sending = Task.CompletedTask;

    public void Add(Diagnostic diagnostic)
    {
        lock (gate)
        {
            if (reader is { } connection)
            {
                Send(connection, diagnostic);
            }
            else if (kept.Count < MostKept)
            {
                kept.Enqueue(diagnostic);
            }
        }
    }

    /// <summary>Sends a client what there was and what comes, where it wants it.</summary>
    public DiagnosticRelay Relay(ControlConnection connection, bool isWanted)
    {
        if (isWanted)
        {
            lock (gate)
            {
                reader = connection;
                while (kept.TryDequeue(out Diagnostic? diagnostic))
                {
                    Send(connection, diagnostic);
                }
            }
        }

        return new DiagnosticRelay(this, connection);
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

    /// <summary>One after the other, and not on the thread that adds them.</summary>
    private void Send(ControlConnection connection, Diagnostic diagnostic) =>
        sending = sending.ContinueWith(_ => SendAsync(connection, diagnostic), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();

    private static async Task SendAsync(ControlConnection connection, Diagnostic diagnostic)
    {
        try
        {
            await connection.SendAsync(new DiagnosticReply(diagnostic)).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Whoever wanted to know is gone.
        }
    }
}

/// <summary>Ends the sending of diagnostics to a client.</summary>
internal readonly struct DiagnosticRelay(StartDiagnostics diagnostics, ControlConnection connection) : IDisposable
{
    public void Dispose() => diagnostics.Leave(connection);
}
