using System.Net;
using System.Net.Sockets;
using System.Text;
using Hearth.Containers;
using Hearth.Records.Logs;

namespace Hearth.Remote.Tests;

/// <summary>What a client says when a host answers something else than it expects, or nothing.</summary>
public sealed class WorkerConnectionTests : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public WorkerConnectionTests() => listener.Start();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Address => $"tcp://{listener.LocalEndpoint}";

    public void Dispose() => listener.Dispose();

    [Theory]
    [InlineData("404 Not Found", "Hearth-Error: ContainerUnknown", """{"detail":"there is no container 'a'"}""", HearthError.ContainerUnknown, "there is no container 'a'")]
    [InlineData("409 Conflict", "Hearth-Error: NoSuchErrorYet", """{"message":"it runs"}""", HearthError.WrongState, "it runs")]
    [InlineData("503 Service Unavailable", "Retry-After: 1", """{"detail":"this worker is draining"}""", HearthError.HostUnsuitable, "this worker is draining")]
    [InlineData("404 Not Found", "X: y", """{"message":"page not found: there is no GET /x"}""", HearthError.HostUnsuitable, "older than this hearth")]
    [InlineData("401 Unauthorized", "X: y", """{"message":"no"}""", HearthError.InvalidRequest, "does not let this client in")]
    [InlineData("502 Bad Gateway", "X: y", "<html>", HearthError.InvalidRequest, "the host answered 502 Bad Gateway")]
    [InlineData("200 OK", "X: y", "<html>", HearthError.HostUnsuitable, "cannot be read")]
    public async Task An_answer_becomes_the_exception_of_the_other_host(string status, string header, string body, HearthError error, string message)
    {
        Task serving = AnswerAsync($"HTTP/1.1 {status}\r\n{header}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        using WorkerConnection worker = new(new HostAccess(HostAddress.Parse(Address)));

        HearthException refused = await Assert.ThrowsAsync<HearthException>(() => new RemoteContainers(worker, TimeProvider.System).FindAsync("a", Cancelled));
        await serving;

        Assert.Equal(error, refused.Error);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_named_with_what_to_check()
    {
        string address = Address;
        listener.Stop();
        using WorkerConnection worker = new(new HostAccess(HostAddress.Parse(address)));

        HearthException refused = await Assert.ThrowsAsync<HearthException>(() => new RemoteContainers(worker, TimeProvider.System).ListAsync(Cancelled));

        Assert.Contains($"cannot reach the worker at {address}: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("check that hearthd listens there", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_does_not_speak_the_protocol_of_keepers_is_refused()
    {
        Task serving = AnswerAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using WorkerConnection worker = new(new HostAccess(HostAddress.Parse(Address)));

        HearthException refused = await Assert.ThrowsAsync<HearthException>(() => new RemoteContainers(worker, TimeProvider.System).PauseAsync(new string('a', 64), Cancelled));
        await serving;

        Assert.Contains("may not pass on the header Upgrade", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("end 2 1\n", true)]
    [InlineData("", false)]
    [InlineData("end 2", false)]
    public async Task A_log_ends_with_its_last_line_and_is_incomplete_without_it(string end, bool isComplete)
    {
        string body = $"2026-11-24T21:07:40.123456700Z stdout F a line\n{end}";
        Task serving = AnswerAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}");
        using WorkerConnection worker = new(new HostAccess(HostAddress.Parse(Address)));
        RemoteLog log = new(worker, "log", TimeProvider.System);
        List<string> lines = [];
        Func<Task> reading = async () =>
        {
            await foreach (LogRecord record in log.ReadAsync(new LogQuery(), Cancelled))
            {
                lines.Add(Encoding.UTF8.GetString(record.Content.Span));
            }
        };

        if (isComplete)
        {
            await reading();
            Assert.Equal((2, 1), (log.Malformed, log.Gaps));
        }
        else
        {
            Assert.Contains("was lost", (await Assert.ThrowsAsync<HearthException>(reading)).Message, StringComparison.Ordinal);
        }

        await serving;
        Assert.Equal(["a line"], lines);
    }

    /// <summary>Several records may have the time at which the connection was lost.</summary>
    [Fact]
    public async Task One_that_follows_a_log_goes_on_after_a_loss_without_a_gap_and_without_a_repetition()
    {
        const string First = "2026-11-24T21:07:40.1234567", Second = "2026-11-24T21:07:41.1234567";
        string[] lines = [$"{First}00Z stdout F a", $"{Second}00Z stdout F b", $"{Second}00Z stdout F c", $"{Second}00Z stdout F d", "2026-11-24T21:07:42.123456700Z stdout F e"];
        Task<string> lost = AnswerAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{string.Join('\n', lines[..3])}\n");
        using WorkerConnection worker = new(new HostAccess(HostAddress.Parse(Address)));
        RemoteLog log = new(worker, "log", TimeProvider.System);
        List<string> read = [];
        Task reading = Task.Run(async () =>
        {
            await foreach (LogRecord record in log.ReadAsync(new LogQuery { Follow = true, Tail = 3 }, Cancelled))
            {
                read.Add(Encoding.UTF8.GetString(record.Content.Span));
            }
        });
        Assert.Contains("follow=1&tail=3", await lost, StringComparison.Ordinal);
        string again = await AnswerAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{string.Join('\n', lines[1..])}\nend 0 0\n");
        await reading;

        Assert.Contains($"follow=1&since={Uri.EscapeDataString(Second)}", again, StringComparison.Ordinal);
        Assert.Equal(["a", "b", "c", "d", "e"], read);
    }

    [Fact]
    public async Task One_that_wants_only_later_lines_gets_those_that_came_while_the_worker_was_away()
    {
        Task<string> lost = AnswerAsync("HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 21:07:40 GMT\r\nConnection: close\r\n\r\n");
        using WorkerConnection worker = new(new HostAccess(HostAddress.Parse(Address)));
        Task<int> reading = Task.Run(async () => await new RemoteLog(worker, "log", TimeProvider.System).ReadAsync(new LogQuery { Follow = true, Tail = 0 }, Cancelled).CountAsync());
        await lost;
        string again = await AnswerAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n2026-11-24T21:07:41.123456700Z stdout F late\nend 0 0\n");

        Assert.Equal(1, await reading);
        Assert.Contains($"follow=1&since={Uri.EscapeDataString("2026-11-24T21:07:40")}", again, StringComparison.Ordinal);
    }

    /// <summary>Answers one request.</summary>
    /// <returns>The request's head.</returns>
    private async Task<string> AnswerAsync(string answer)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(Cancelled);
        using NetworkStream stream = client.GetStream();
        byte[] buffer = new byte[4096];
        StringBuilder head = new();
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer, Cancelled);
            head.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), Cancelled);
        return head.ToString();
    }
}
