using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Records.Events;

namespace Hearth.Cli.Tests;

/// <summary><c>hearth events</c> from its command line to its output.</summary>
public sealed class EventsCommandTests : IDisposable
{
    private readonly string run = Directory.CreateTempSubdirectory("hearth-cli-").FullName;
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    public EventsCommandTests()
    {
        var journal = new EventJournal(new HearthDirectories(run, run), TimeProvider.System);
        DateTimeOffset time = new(2026, 11, 24, 21, 7, 40, 123, TimeSpan.Zero);
        journal.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, "4f5c", time, new("name", "web"), new("image", "/srv/web")));
        journal.Append(ContainerEvent.Of(EventType.Container, EventAction.Die, "4f5c", time.AddSeconds(1), new("name", "web"), new("exitCode", "137")));
        journal.Append(ContainerEvent.Of(EventType.Volume, EventAction.Destroy, "data", time.AddSeconds(2)));
    }

    [Fact]
    public async Task Events_are_lines_for_people()
    {
        Assert.Equal(0, await RunAsync("--since", "0"));
        Assert.Equal(
            """
            2026-11-24T21:07:40.123000000Z container start 4f5c (image=/srv/web, name=web)
            2026-11-24T21:07:41.123000000Z container die 4f5c (exitCode=137, name=web)
            2026-11-24T21:07:42.123000000Z volume destroy data

            """,
            output.ToString());
    }

    [Theory]
    [InlineData("{{.Type}} {{.Action}} {{.Actor.ID}} {{.Time}}", "container die 4f5c 1795554461\n")]
    [InlineData("{{.Actor.Attributes.exitCode}} {{.Actor.Attributes.none}}", "137 <no value>\n")]
    [InlineData("json", """
        {"Type":"container","Action":"die","Actor":{"ID":"4f5c","Attributes":{"exitCode":"137","name":"web"}},"scope":"local","time":1795554461,"timeNano":1795554461123000000}

        """)]
    public async Task A_format_shapes_them(string format, string expected)
    {
        Assert.Equal(0, await RunAsync("--since", "0", "--filter", "event=die", "--format", format));
        Assert.Equal(expected, output.ToString());
    }

    [Fact]
    public async Task Times_bound_them()
    {
        Assert.Equal(0, await RunAsync("--since", "2026-11-24T21:07:41Z", "--until", "2026-11-24T21:07:42Z", "--format", "{{.Action}}"));
        Assert.Equal("die\n", output.ToString());
    }

    [Theory]
    [InlineData("invalid filter 'colour=red'", "--filter", "colour=red")]
    [InlineData("invalid argument \"soon\" for \"--until\" flag", "--until", "soon")]
    [InlineData("'range' is not supported", "--format", "{{range .}}")]
    [InlineData("has no field 'Status'", "--since", "0", "--format", "{{.Status}}")]
    public async Task What_is_wrong_is_told(string message, params string[] words)
    {
        Assert.Equal(ExitCodes.OwnFailure, await RunAsync(words));
        Assert.Contains(message, error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(run, recursive: true);

    private Task<int> RunAsync(params string[] words)
    {
        var context = new CommandContext
        {
            Output = output, Error = error, Environment = HostEnvironment.Empty, StartTimestamp = 0, Clock = new LaterClock(),
        };
        string[] bounded = words.Contains("--until") ? words : [.. words, "--until", "0s"];
        return new HearthProgram(context).RunAsync(["events", "--run-dir", run, .. bounded]).WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>A minute after the events, in UTC.</summary>
    private sealed class LaterClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 24, 21, 8, 40, TimeSpan.Zero);
    }
}
