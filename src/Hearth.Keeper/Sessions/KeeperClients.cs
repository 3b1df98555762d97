using System.Net.Sockets;
using Hearth.Control;
using Hearth.Linux.Sockets;

namespace Hearth.Keeper.Sessions;

/// <summary>
/// Accepts a keeper's clients: one task per connection, at most <see cref="MostClients"/> at the same time. It refuses other
/// users' clients, except root's. An error of a client ends its own connection and nothing else.
/// </summary>
internal sealed class KeeperClients(Socket listener, Func<ControlConnection, Task<bool>> serve) : IDisposable
{
    /// <summary>
    /// Each costs a few kilobytes; more connections are a client's mistake. One place belongs to the client that started the
    /// keeper.
    /// </summary>
    private const int MostClients = 256;

    private readonly SemaphoreSlim places = new(MostClients - 1);
    private readonly Lock gate = new();
    private readonly HashSet<Task> serving = [];

    public void Dispose()
    {
        listener.Dispose();
        places.Dispose();
    }

    /// <summary>Accepts no more clients; existing connections stay open.</summary>
    public void Close() => listener.Dispose();

    /// <summary>Accepts clients until the listener is disposed.</summary>
    public async Task AcceptAsync()
    {
        while (true)
        {
            await places.WaitAsync().ConfigureAwait(false);
            Socket? accepted = await TryAcceptAsync().ConfigureAwait(false);
            if (accepted is null)
            {
                return;
            }

            if (IsAllowed(accepted))
            {
                _ = Serve(accepted);
            }
            else
            {
                accepted.Dispose();
                places.Release();
            }
        }
    }

    /// <summary>Serves an existing connection; completes when it has ended, with the session's result.</summary>
    public Task<bool> Serve(Socket socket)
    {
        Task<bool> task = ServeAsync(socket);
        lock (gate)
        {
            serving.Add(task);
        }

        _ = task.ContinueWith(Forget, TaskScheduler.Default);
        return task;
    }

    /// <summary>Completes when all connected clients have their replies, or have disconnected.</summary>
    public Task DrainAsync()
    {
        lock (gate)
        {
            return Task.WhenAll(serving);
        }
    }

    private async Task<bool> ServeAsync(Socket socket)
    {
        using ControlConnection connection = new(socket);
        return await serve(connection).ConfigureAwait(false);
    }

    private void Forget(Task<bool> task)
    {
        lock (gate)
        {
            serving.Remove(task);
        }

        places.Release();
    }

    private async Task<Socket?> TryAcceptAsync()
    {
        while (true)
        {
            try
            {
                return await listener.AcceptAsync().ConfigureAwait(false);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // The client disconnected before it was accepted.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return null;
            }
        }
    }

    private static bool IsAllowed(Socket socket)
    {
        uint user = PeerCredentials.UserOf(socket);
        return user == 0 || user == PeerCredentials.OwnUser;
    }
}
