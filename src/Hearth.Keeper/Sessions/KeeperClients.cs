using System.Net.Sockets;
using Hearth.Control;
using Hearth.Linux.Sockets;

namespace Hearth.Keeper.Sessions;

/// <summary>
/// Takes a keeper's clients: one task a connection, at most <see cref="MostClients"/> at once, none of them another user's.
/// What a client does wrong ends its own connection and nothing else.
/// </summary>
internal sealed class KeeperClients(Socket listener, Func<ControlConnection, Task<bool>> serve) : IDisposable
{
    /// <summary>Each costs a few kilobytes; more at once is somebody's mistake. One place is that of the client that started the keeper.</summary>
    private const int MostClients = 256;

    private readonly SemaphoreSlim places = new(MostClients - 1);
    private readonly Lock gate = new();
    private readonly HashSet<Task> serving = [];

    public void Dispose()
    {
        listener.Dispose();
        places.Dispose();
    }

    /// <summary>Takes no more clients; those there are stay.</summary>
    public void Close() => listener.Dispose();

    /// <summary>Accepts until the listener is disposed of.</summary>
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

    /// <summary>Serves a connection that was made already; done when it has ended, with what its session gives.</summary>
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

    /// <summary>Done when the clients that were there have what they waited for, or are gone.</summary>
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
                // A client that was gone again before its turn came.
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
