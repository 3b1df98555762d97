using Hearth.Containers.Reports;
using Hearth.Records.Rotation;
using Hearth.Records.Starts;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class StartJournalTests
{
    private static readonly DateTimeOffset now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Starts_are_read_as_they_were_recorded()
    {
        using Workplace place = new();
        StartJournal journal = new(place.Directories);
        StartRecord started = Start("one", StartStage.Started);
        StartRecord ended = Start("one", StartStage.Ended);

        Assert.Null(journal.Append(started));
        await File.AppendAllTextAsync(Path.Combine(place.Directories.Events, "starts"), "{\"id\":\"torn", cancellation);
        Assert.Null(journal.Append(ended));

        using JournalReading<StartRecord> reading = new StartJournal(place.Directories).Open(follow: false);
        List<StartRecord> read = await reading.ReadAsync(cancellation).ToListAsync(cancellation);
        Assert.Equal([StartStage.Started, StartStage.Ended], read.Select(record => record.Stage));
        Assert.Equivalent(ended, read[1], strict: true);
    }

    [Fact]
    public async Task A_reader_that_follows_gets_what_is_appended_later()
    {
        using Workplace place = new();
        StartJournal journal = new(place.Directories);
        journal.Append(Start("one", StartStage.Started));
        using JournalReading<StartRecord> reading = journal.Open(follow: true);
        await using IAsyncEnumerator<StartRecord> reader = reading.ReadAsync(cancellation).GetAsyncEnumerator(cancellation);

        Assert.True(await reader.MoveNextAsync());
        Assert.False(reading.IsNew);
        ValueTask<bool> next = reader.MoveNextAsync();
        Assert.False(next.IsCompleted);
        new StartJournal(place.Directories).Append(Start("two", StartStage.Started));

        Assert.True(await next);
        Assert.Equal(("two", true), (reader.Current.Name, reading.IsNew));
    }

    [Fact]
    public void A_start_that_cannot_be_recorded_says_why()
    {
        using Workplace place = new();
        Directory.CreateDirectory(Path.GetDirectoryName(place.Directories.Events)!);
        File.WriteAllText(place.Directories.Events, "a file where the directory should be");

        Assert.Contains("report of the start of 'one'", new StartJournal(place.Directories).Append(Start("one", StartStage.Started)), StringComparison.Ordinal);
    }

    private static StartRecord Start(string name, StartStage stage) => new(
        new string('a', 64), name, "python:3.13", now, now.AddSeconds(1), stage,
        new RunReport { ExitCode = stage == StartStage.Ended ? 3 : 0, Vmm = "qemu", Phases = [new Phase(PhaseNames.Queue, 0, 12), new Phase(PhaseNames.Kernel, 12, 600.5)] });
}
