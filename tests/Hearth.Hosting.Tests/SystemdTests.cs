using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hearth.Hosting.Tests;

public sealed class SystemdTests : IDisposable
{
    private static readonly string own = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-hosting-").FullName;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void Sockets_are_taken_that_are_meant_for_this_process()
    {
        Assert.Equal([3ul, 4ul], Of(("LISTEN_PID", own), ("LISTEN_FDS", "2")).Sockets);
        Assert.Empty(Of(("LISTEN_PID", "1"), ("LISTEN_FDS", "2")).Sockets);
        Assert.Empty(Of(("LISTEN_FDS", "2")).Sockets);
        Assert.Empty(Of(("LISTEN_PID", own), ("LISTEN_FDS", "many")).Sockets);
    }

    [Fact]
    public async Task Signs_of_life_are_given_while_the_daemon_answers()
    {
        string path = Path.Combine(directory, "notify");
        using Socket listener = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        Systemd systemd = Of(("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", "30000"), ("WATCHDOG_PID", own));
        systemd.Ready();
        Assert.Equal("READY=1", await ReceiveAsync(listener));

        int asked = 0;
        using CancellationTokenSource ending = new();
        Task watching = systemd.WatchAsync(_ => Task.FromResult(++asked != 2), TimeProvider.System, ending.Token);
        Assert.Equal("WATCHDOG=1", await ReceiveAsync(listener));
        Assert.Equal("WATCHDOG=1", await ReceiveAsync(listener));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);

        Assert.True(asked >= 3, $"asked {asked} times");
        TaskCompletionSource draining = new();
        Task stopping = systemd.StoppingAsync(draining.Task, TimeProvider.System);
        Assert.Equal("STOPPING=1", await ReceiveAsync(listener));
        Assert.Equal("EXTEND_TIMEOUT_USEC=60000000", await ReceiveAsync(listener));
        draining.SetResult();
        await stopping;
    }

    /// <summary>systemd may have bound another path than the daemon's own, or an address.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_daemon_asks_the_socket_that_systemd_has_bound(bool isUnix)
    {
        EndPoint bound = isUnix ? new UnixDomainSocketEndPoint(Path.Combine(directory, "other.sock")) : new IPEndPoint(IPAddress.Loopback, 0);
        using Socket listener = new(bound.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        listener.Bind(bound);
        listener.Listen();

        Task<bool> asking = OwnPing.AnswersAsync(OwnPing.AddressOf((ulong)listener.Handle), TimeProvider.System, cancellation);
        using Socket asked = await listener.AcceptAsync(cancellation);
        await asked.ReceiveAsync(new byte[1000], cancellation);
        await asked.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), cancellation);

        Assert.True(await asking);
    }

    [Fact]
    public async Task Without_systemd_nothing_happens()
    {
        Systemd none = Of();
        none.Ready();
        await none.WatchAsync(_ => throw new InvalidOperationException("asked"), TimeProvider.System, cancellation);

        Systemd gone = Of(("NOTIFY_SOCKET", Path.Combine(directory, "nobody")));
        gone.Ready();
        Assert.Empty(gone.Sockets);
    }

    private async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] bytes = new byte[100];
        return Encoding.UTF8.GetString(bytes, 0, await socket.ReceiveAsync(bytes, cancellation));
    }

    private static Systemd Of(params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
}
