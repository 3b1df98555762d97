using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Hearth.Hosting;

/// <summary>
/// The protocol between systemd and a service: sockets that systemd has bound (sd_listen_fds(3)), readiness and a sign of
/// life (sd_notify(3), sd_watchdog_enabled(3)). Without systemd all of it does nothing.
/// </summary>
public sealed class Systemd
{
    private const int FirstSocket = 3;

    /// <summary>A daemon that gives no sign for so long while it ends is killed.</summary>
    private static readonly TimeSpan stopExtension = TimeSpan.FromSeconds(60);

    private readonly string? notifySocket;
    private readonly TimeSpan? watchdog;

    /// <param name="find">Finds a variable of the environment.</param>
    public Systemd(Func<string, string?> find)
    {
        bool isForOwn = int.TryParse(find("LISTEN_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid == Environment.ProcessId;
        Sockets = isForOwn && int.TryParse(find("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? [.. Enumerable.Range(FirstSocket, count).Select(descriptor => (ulong)descriptor)]
            : [];
        notifySocket = find("NOTIFY_SOCKET");
        bool isWatched = find("WATCHDOG_PID") is not { } watched || watched == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        watchdog = isWatched && long.TryParse(find("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long period) && period > 0
            ? TimeSpan.FromMicroseconds(period)
            : null;
    }

    /// <summary>Descriptors of listening sockets that this process has inherited.</summary>
    public IReadOnlyList<ulong> Sockets { get; }

    public void Ready() => Notify("READY=1");

    /// <summary>Notifies systemd that the service is stopping, and extends its timeout until the last work is done.</summary>
    /// <param name="work">What the end waits for.</param>
    /// <param name="clock">Waits between the signs.</param>
    public async Task StoppingAsync(Task work, TimeProvider clock)
    {
        Notify("STOPPING=1");
        while (!work.IsCompleted)
        {
            Notify($"EXTEND_TIMEOUT_USEC={(long)stopExtension.TotalMicroseconds}");
            await Task.WhenAny(work, Task.Delay(stopExtension / 3, clock));
        }
    }

    /// <summary>Gives signs of life as long as questions are answered, until it is cancelled.</summary>
    /// <param name="isAlive">Asks the server itself.</param>
    /// <param name="clock">Waits between the signs.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WatchAsync(Func<CancellationToken, Task<bool>> isAlive, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (watchdog is not { } period)
        {
            return;
        }

        while (true)
        {
            await Task.Delay(period / 3, clock, cancellationToken);
            if (await isAlive(cancellationToken))
            {
                Notify("WATCHDOG=1");
            }
        }
    }

    private void Notify(string state)
    {
        if (notifySocket is not { Length: > 1 } path)
        {
            return;
        }

        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            // A name that begins with @ is in the abstract namespace.
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException)
        {
            // systemd has gone or does not listen; the service works without it.
        }
    }
}
