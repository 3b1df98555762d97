using System.Diagnostics;
using System.Runtime.CompilerServices;
using Hearth.Containers;
using Hearth.Containers.Health;
using Hearth.FileTree.Tests.Support;
using Hearth.Guest.Protocol.Tests;
using Hearth.Linux.Mounts;
using Hearth.Records.Events;
using Hearth.Records.Rotation;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Events;

/// <summary>What happened to containers, written by many processes and read by others.</summary>
public sealed class EventJournalTests : IDisposable
{
    private const string Variable = "HEARTH_TEST_EVENT_WRITER";
    private const int EventsOfAWriter = 300;

    private readonly Workplace place = new();
    private readonly ManualClock clock = new();
    private readonly EventJournal journal;

    public EventJournalTests() => journal = new EventJournal(place.Directories, clock);

    private string JournalFile => Path.Combine(place.Directories.Events, "journal");

    [Fact]
    public void An_event_is_a_line_of_dockers_json()
    {
        clock.Advance(1500.25);
        Assert.True(journal.Append(ContainerEvent.Of(
            EventType.Container, EventAction.Die, "4f5c", clock.GetUtcNow(),
            new("name", "of a label"), new("com.example.role", "web"), new("name", "web-1"), new("exitCode", "137"))));
        Assert.Equal(
            """
            {"Type":"container","Action":"die","Actor":{"ID":"4f5c","Attributes":{"com.example.role":"web","exitCode":"137","name":"web-1"}},"scope":"local","time":1,"timeNano":1500250000}

            """,
            File.ReadAllText(JournalFile));
        ContainerEvent read = Assert.Single(Read(new EventQuery()));
        Assert.Equal((clock.GetUtcNow(), "web"), (read.Time, read.Actor.Attributes["com.example.role"]));
    }

    [Fact]
    public void Times_bound_what_is_read()
    {
        for (int i = 0; i < 5; i++)
        {
            Append(EventAction.Start, $"{i}");
            clock.Advance(1000);
        }

        DateTimeOffset start = DateTimeOffset.UnixEpoch;
        Assert.Equal(["1", "2", "3"], Read(new EventQuery { Since = start.AddSeconds(1), Until = start.AddSeconds(3) }).Select(happened => happened.Actor.Id));
    }

    [Theory]
    [InlineData("", "create start die mount tag")]
    [InlineData("event=start", "start")]
    [InlineData("event=start event=die", "start die")]
    [InlineData("event=start type=volume", "")]
    [InlineData("type=volume", "mount")]
    [InlineData("container=abc", "create start mount")]
    [InlineData("container=web", "create start")]
    [InlineData("container=b", "")]
    [InlineData("name=db", "die")]
    [InlineData("label=role", "create start")]
    [InlineData("label=role=web", "create start")]
    [InlineData("label=role=db", "")]
    [InlineData("label=role label=name=web", "create start")]
    [InlineData("label=role label=name=db", "")]
    [InlineData("image=/srv/image", "create")]
    [InlineData("volume=data", "mount")]
    [InlineData("type=image", "tag")]
    [InlineData("image=web:1", "tag")]
    [InlineData("image=web", "tag")]
    [InlineData("image=sha256:01", "tag")]
    [InlineData("image=we", "")]
    public void Filters_are_dockers(string filters, string actions)
    {
        Append(EventAction.Create, "abcdef", ("name", "web"), ("role", "web"), ("image", "/srv/image"));
        Append(EventAction.Start, "abcdef", ("name", "web"), ("role", "web"));
        Append(EventAction.Die, "012345", ("name", "db"));
        journal.Append(ContainerEvent.Of(EventType.Volume, EventAction.Mount, "data", clock.GetUtcNow(), new KeyValuePair<string, string>("container", "abcdef")));
        journal.Append(ContainerEvent.Of(EventType.Image, EventAction.Tag, "sha256:01", clock.GetUtcNow(), new KeyValuePair<string, string>("name", "web:1")));
        var filter = EventFilter.Parse(filters.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(actions, string.Join(' ', Read(new EventQuery { Filter = filter }).Select(happened => happened.Action)));
    }

    [Theory]
    [InlineData("event=health_status", true)]
    [InlineData("event=health_status: healthy", true)]
    [InlineData("event=health", false)]
    [InlineData("event=health_status: un", false)]
    public void An_action_is_also_found_without_what_follows_its_colon(string filter, bool isFound)
    {
        Append(EventAction.Health(HealthStatus.Healthy), "abcdef");
        Assert.Equal(isFound, Read(new EventQuery { Filter = EventFilter.Parse([filter]) }).Count > 0);
    }

    [Theory]
    [InlineData("event")]
    [InlineData("colour=red")]
    [InlineData("=x")]
    public void Other_filters_are_refused(string filter) =>
        Assert.Contains("container, volume", Assert.Throws<FormatException>(() => EventFilter.Parse([filter])).Message, StringComparison.Ordinal);

    [Fact]
    public void It_stays_small_and_keeps_the_newest()
    {
        var small = new EventJournal(place.Directories, clock) { FullSize = 4096 };
        for (int i = 0; i < 200; i++)
        {
            Assert.True(small.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, $"{i}", clock.GetUtcNow())));
        }

        Assert.Equal(["journal", "journal.1"], Directory.GetFiles(place.Directories.Events).Select(path => Path.GetFileName(path)).Order());
        Assert.All(Directory.GetFiles(place.Directories.Events), path => Assert.True(new FileInfo(path).Length < 4096 + 256));
        int[] ids = [.. Read(new EventQuery()).Select(happened => int.Parse(happened.Actor.Id))];
        Assert.Equal(Enumerable.Range(200 - ids.Length, ids.Length), ids);
        Assert.True(ids.Length > 25);
    }

    [Fact]
    public void A_full_file_is_not_moved_on_while_somebody_else_is_at_it()
    {
        var small = new EventJournal(place.Directories, clock) { FullSize = 1 };
        Directory.CreateDirectory(place.Directories.Events);
        using (Linux.Files.DirectoryLock.Take(place.Directories.Events))
        {
            Assert.True(small.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, "1", clock.GetUtcNow())));
            Assert.False(File.Exists(JournalFile + ".1"));
        }

        Assert.True(small.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, "2", clock.GetUtcNow())));
        Assert.True(File.Exists(JournalFile + ".1"));
    }

    [Fact]
    public void What_a_killed_writer_left_does_not_take_the_next_event_with_it()
    {
        Append(EventAction.Start, "1");
        File.AppendAllText(JournalFile, "{\"Type\":\"container\",\"Act");
        Append(EventAction.Die, "2");
        File.AppendAllText(JournalFile, "null\n{\"Type\":7}\n{\"Type\":\"container\"}\n\n");
        Assert.Equal(["1", "2"], Read(new EventQuery()).Select(happened => happened.Actor.Id));
    }

    [Fact]
    public void A_journal_that_cannot_be_written_stops_nobody() => OwnThread.WithOwnMounts(() =>
    {
        string run = place.MakeDirectory("full");
        FileSystems.Mount("none", run, "tmpfs", default, "size=8k");
        Directory.CreateDirectory(Path.Combine(run, "events"));
        File.WriteAllBytes(Path.Combine(run, "other"), new byte[8 << 10]);
        var full = new EventJournal(place.Directories with { Run = run }, clock);
        Assert.False(full.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, "1", clock.GetUtcNow())));
        Assert.Contains("cannot write the event 'start' of container '1'", full.Fault, StringComparison.Ordinal);
        File.Delete(Path.Combine(run, "other"));
        Assert.True(full.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, "2", clock.GetUtcNow())));
        Assert.Null(full.Fault);

        var nowhere = new EventJournal(place.Directories with { Run = "/proc/self/nowhere" }, clock);
        Assert.False(nowhere.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, "1", clock.GetUtcNow())));
    });

    [Fact]
    public async Task Many_processes_append_while_one_follows()
    {
        const int Processes = 3;
        var query = new EventQuery { Follow = true, Filter = EventFilter.Parse(["event=start"]) };
        await using IAsyncEnumerator<ContainerEvent> events = new EventJournal(place.Directories, TimeProvider.System).ReadAsync(query).GetAsyncEnumerator();
        Task<bool> first = events.MoveNextAsync().AsTask();
        Process[] writers = [.. Enumerable.Range(0, Processes).Select(StartWriter)];
        var seen = new List<string>();
        for (bool more = await first.InTime(); more; more = seen.Count < Processes * EventsOfAWriter && await events.MoveNextAsync().InTime())
        {
            seen.Add(events.Current.Actor.Id);
        }

        foreach (Process writer in writers)
        {
            using (writer)
            {
                await writer.WaitForExitAsync().InTime();
            }
        }

        // Each writer's come in its own order, and the journal was moved on meanwhile.
        for (int number = 0; number < Processes; number++)
        {
            Assert.Equal(Enumerable.Range(0, EventsOfAWriter).Select(i => $"{number}-{i}"), seen.Where(id => id.StartsWith($"{number}-", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task What_is_new_is_read_although_the_clock_was_set_back()
    {
        Append(EventAction.Start, "before");
        var young = new EventJournal(place.Directories, clock) { FullSize = 1 };
        using JournalReading<ContainerEvent> reading = young.Open(new EventQuery { OnlyNew = true, Follow = true });
        clock.Jump(TimeSpan.FromDays(-1));
        Assert.True(young.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, "one", clock.GetUtcNow())));
        Append(EventAction.Start, "two");
        await using IAsyncEnumerator<ContainerEvent> events = reading.ReadAsync().GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync().InTime());
        Assert.Equal(("one", true), (events.Current.Actor.Id, reading.IsNew));
        Assert.True(await events.MoveNextAsync().InTime());
        Assert.Equal(("two", true), (events.Current.Actor.Id, reading.IsNew));
    }

    [Fact]
    public async Task A_reading_goes_on_where_a_fault_ended_it()
    {
        using JournalReading<ContainerEvent> reading = journal.Open(new EventQuery { Follow = true });
        Append(EventAction.Start, "one");
        Assert.Equal("one", await ReadOneAsync());

        // The journal's place is taken by a directory, which cannot be read.
        File.Move(JournalFile, JournalFile + ".away");
        Directory.CreateDirectory(JournalFile);
        await Assert.ThrowsAsync<HearthException>(ReadOneAsync);
        Directory.Delete(JournalFile);
        File.Move(JournalFile + ".away", JournalFile);
        Append(EventAction.Start, "two");
        Assert.Equal("two", await ReadOneAsync());

        async Task<string> ReadOneAsync()
        {
            await using IAsyncEnumerator<ContainerEvent> events = reading.ReadAsync().GetAsyncEnumerator();
            Assert.True(await events.MoveNextAsync().InTime());
            return events.Current.Actor.Id;
        }
    }

    [Fact]
    public async Task Following_until_a_time_ends_then()
    {
        Append(EventAction.Start, "1");
        var query = new EventQuery { Follow = true, Until = clock.GetUtcNow().AddSeconds(1) };
        await using IAsyncEnumerator<ContainerEvent> events = journal.ReadAsync(query).GetAsyncEnumerator();
        Assert.True(await events.MoveNextAsync().InTime());
        Task<bool> end = events.MoveNextAsync().AsTask();
        clock.Advance(1000);
        Assert.False(await end.InTime());
    }

    public void Dispose() => place.Dispose();

    /// <summary>Runs before anything else of the program, and takes its place where it was started for that.</summary>
    [ModuleInitializer]
    internal static void WriteWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } asked)
        {
            return;
        }

        string[] words = asked.Split(' ');
        var own = new EventJournal(new HearthDirectories(words[0], words[0]), TimeProvider.System) { FullSize = 80 << 10 };
        for (int i = 0; i < EventsOfAWriter; i++)
        {
            if (!own.Append(ContainerEvent.Of(EventType.Container, EventAction.Start, $"{words[1]}-{i}", TimeProvider.System.GetUtcNow())))
            {
                Environment.Exit(1);
            }
        }

        Environment.Exit(0);
    }

    private Process StartWriter(int number)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!);
        start.Environment[Variable] = $"{place.Directories.Run} {number}";
        return Process.Start(start)!;
    }

    private void Append(string action, string id, params (string Name, string Value)[] attributes) =>
        Assert.True(journal.Append(ContainerEvent.Of(
            EventType.Container, action, id, clock.GetUtcNow(), attributes.Select(attribute => KeyValuePair.Create(attribute.Name, attribute.Value)))));

    private List<ContainerEvent> Read(EventQuery query)
    {
        return Read().InTime().GetAwaiter().GetResult();

        async Task<List<ContainerEvent>> Read()
        {
            var events = new List<ContainerEvent>();
            await foreach (ContainerEvent happened in journal.ReadAsync(query))
            {
                events.Add(happened);
            }

            return events;
        }
    }
}
