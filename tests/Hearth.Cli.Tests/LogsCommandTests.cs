using System.Text;
using Hearth.Cli.Commands;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Records.Logs;

namespace Hearth.Cli.Tests;

/// <summary><c>hearth logs</c> from its command line to its output.</summary>
public sealed class LogsCommandTests : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("hearth-cli-").FullName;
    private readonly MemoryStream output = new();
    private readonly MemoryStream error = new();
    private readonly StringWriter messages = new();
    private readonly TaskCompletionSource ended = new();
    private readonly ContainerLog log;

    public LogsCommandTests()
    {
        log = ContainerLog.Open(place, new LogOptions(), new FixedClock());
        Write(LogStream.StandardOutput, "one\ntwo\n");
        Write(LogStream.StandardError, "oops\n");
        Write(LogStream.StandardOutput, "three");
    }

    [Theory]
    [InlineData("", "one\ntwo\nthree", "oops\n")]
    [InlineData("-n 2", "three", "oops\n")]
    [InlineData("-n2 --tail 1", "three", "")]
    [InlineData("--tail=all", "one\ntwo\nthree", "oops\n")]
    [InlineData("-tn1", "2026-11-24T21:07:40.000000000Z three", "")]
    [InlineData("--since 2026-11-24T21:07:41Z", "", "")]
    [InlineData("--until 2026-11-24T21:07:39.5Z", "", "")]
    [InlineData("--since 1m --until 0s", "one\ntwo\nthree", "oops\n")]
    public async Task Flags_are_dockers(string flags, string expectedOutput, string expectedError)
    {
        Assert.Equal(0, await RunAsync([.. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), "web"]));
        Assert.Equal((expectedOutput, expectedError, ""), (Text(output), Text(error), messages.ToString()));
    }

    [Fact]
    public async Task Following_ends_with_the_container()
    {
        Task<int> running = RunAsync("-f", "web");
        Write(LogStream.StandardOutput, " and the rest\n");
        ended.SetResult();
        Assert.Equal(0, await running);
        Assert.Equal("one\ntwo\nthree and the rest\n", Text(output));
    }

    [Fact]
    public async Task What_is_damaged_is_told()
    {
        File.AppendAllText(Path.Combine(place, "container.log"), "rubbish\n");
        Assert.Equal(0, await RunAsync("web"));
        Assert.Equal("hearth: warning: damaged lines of the log that were left out: 1\n", messages.ToString());
    }

    [Fact]
    public async Task A_container_that_is_not_there_is_told() =>
        Assert.Contains("no such container", (await Assert.ThrowsAsync<HearthException>(() => RunAsync("db"))).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        log.Dispose();
        Directory.Delete(place, recursive: true);
    }

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.ToArray());

    private void Write(LogStream stream, string text) => log.Write(stream, Encoding.UTF8.GetBytes(text));

    private Task<int> RunAsync(params string[] words)
    {
        var context = new CommandContext { Output = TextWriter.Null, Error = messages, Environment = HostEnvironment.Empty, StartTimestamp = 0, Clock = new FixedClock() };
        var global = new GlobalFlags();
        Command command = new LogsCommand(context, Find) { Output = output, Error = error }.Create();
        Command root = new Command("hearth", "").WithFlags("Flags", global.StateDirectory, global.RunDirectory, global.Help).WithCommands(command);
        ParsedLine line = new LineParser(root).Parse(["logs", .. words]);
        line.Check();
        return command.Action!(line, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private Task<ILogReading> Find(ParsedLine line, string container, CancellationToken cancellationToken) => container == "web"
        ? Task.FromResult<ILogReading>(new Reading(new LogReader(new FixedClock()), place, ended.Task))
        : throw new HearthException(HearthError.InvalidRequest, $"no such container: {container}");

    private sealed class Reading(LogReader reader, string place, Task ended) : ILogReading
    {
        public long Malformed => reader.Malformed;

        public long Gaps => reader.Gaps;

        public IAsyncEnumerable<LogRecord> ReadAsync(LogQuery query, CancellationToken cancellationToken = default) => reader.ReadAsync(place, query with { Ended = ended }, cancellationToken);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 24, 21, 7, 40, TimeSpan.Zero);
    }
}
