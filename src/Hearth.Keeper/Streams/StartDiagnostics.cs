using Hearth.Containers.Diagnostics;
using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>
/// Diagnostics for the client that waits for the container's start. The run adds them. They are kept until a client that
/// starts the container connects, and are sent to it in order.
/// </summary>
internal sealed class StartDiagnostics
{
    /// <summary>A start has a handful of diagnostics.</summary>
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

    /// <summary>Sends a client the diagnostics kept so far and all later ones, if it requests them.</summary>
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

    /// <summary>Sends diagnostics one after the other, and not on the thread that adds them.</summary>
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
            // The client has disconnected.
        }
    }
}

/// <summary>Ends the sending of diagnostics to a client.</summary>
internal readonly struct DiagnosticRelay(StartDiagnostics diagnostics, ControlConnection connection) : IDisposable
{
    public void Dispose() => diagnostics.Leave(connection);
}
