using System.Globalization;
using System.Text;
using Hearth.Containers;
using Hearth.Guest.Protocol.Tests;
using Hearth.Linux.Descriptors;
using Hearth.Records.Logs;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Logs;

/// <summary>Following a log that is being written: nothing missed and nothing twice, whatever becomes of its files.</summary>
public sealed class LogFollowTests : IDisposable
{
    private readonly LogPlace place = new();
    private readonly ManualClock clock = new();
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Lines_arrive_as_they_are_written_and_reading_ends_with_the_container()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("before\n");
        await using IAsyncEnumerator<LogRecord> records = Follow();
        Assert.Equal("before", await NextAsync(records));
        log.Out("prompt> ");
        Assert.Equal("prompt> ", await NextAsync(records));
        log.Err("oops\n");
        Assert.Equal("oops", await NextAsync(records));
        Task<string?> next = NextAsync(records);
        log.Out("last\n");
        ended.SetResult();
        Assert.Equal("last", await next);
        Assert.Null(await NextAsync(records));
    }

    [Fact]
    public async Task A_log_that_is_not_there_yet_is_waited_for()
    {
        await using IAsyncEnumerator<LogRecord> records = Follow();
        Task<string?> first = NextAsync(records);
        using ContainerLog log = place.Open(clock);
        log.Out("hello\n");
        Assert.Equal("hello", await first);
    }

    [Fact]
    public async Task Following_a_tail_goes_on_with_all_that_comes()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("one\ntwo\nthree\n");
        Task<string[]> reading = place.ReadAsync(new LogQuery { Tail = 1, Follow = true, Ended = ended.Task }, out _);
        log.Err("four\n");
        log.Out("five\n");
        ended.SetResult();
        Assert.Equal(["three", "2four", "five"], (await reading.InTime())[^3..]);
    }

    [Fact]
    public async Task Files_that_are_rotated_meanwhile_lose_nothing_and_bring_nothing_twice()
    {
        const int Lines = 40_000;
        Task<string[]> reading = place.ReadAsync(new LogQuery { Follow = true, Ended = ended.Task }, out LogReader reader);
        using (ContainerLog log = place.Open(TimeProvider.System, new LogOptions { MaxSize = new ByteSize(32 << 10), MaxFiles = 100 }))
        {
            for (int i = 0; i < Lines; i++)
            {
                log.Write((LogStream)(i % 2), Encoding.ASCII.GetBytes($"{i}\n"));
            }
        }

        ended.SetResult();
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => (i % 2 == 0 ? "" : "2") + i), await reading.InTime());
        Assert.Equal((0, 0), (reader.Malformed, reader.Gaps));
        Assert.True(place.Files.Length > 40);
    }

    [Fact]
    public async Task A_reader_that_is_too_slow_for_the_rotation_goes_on_with_what_is_left()
    {
        using ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(1024), MaxFiles = 2 });
        log.Out("0\n");
        var reader = new LogReader(TimeProvider.System);
        await using IAsyncEnumerator<LogRecord> records = reader.ReadAsync(place.Directory, new LogQuery { Follow = true, Ended = ended.Task }).GetAsyncEnumerator();
        var numbers = new List<int> { int.Parse((await NextAsync(records))!, CultureInfo.InvariantCulture) };
        for (int i = 1; i < 500; i++)
        {
            clock.Advance(1);
            log.Out($"{i}\n");
        }

        ended.SetResult();
        while (await NextAsync(records) is { } line)
        {
            numbers.Add(int.Parse(line, CultureInfo.InvariantCulture));
        }

        Assert.Equal(numbers.Distinct().Order(), numbers);
        Assert.Equal(499, numbers[^1]);
        Assert.Equal(1, reader.Gaps);
    }

    [Fact]
    public async Task A_file_that_is_removed_is_read_to_its_end_and_the_new_one_gone_on_with()
    {
        using ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(1024) });
        log.Out($"{new string('x', 1000)}\n");
        clock.Advance(20);
        log.Out("before\n");
        await using IAsyncEnumerator<LogRecord> records = Follow();
        Assert.NotNull(await NextAsync(records));
        Assert.Equal("before", await NextAsync(records));
        File.Delete(place.LogFile);
        clock.Advance(20);
        log.Out("after\n");
        Assert.Contains("begins anew", await NextAsync(records), StringComparison.Ordinal);
        Assert.Equal("after", await NextAsync(records));
    }

    [Fact]
    public async Task A_file_that_is_emptied_in_place_is_read_from_its_beginning()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("before\na long line before\n");
        await using IAsyncEnumerator<LogRecord> records = Follow(tail: 1);
        Assert.Equal("a long line before", await NextAsync(records));
        File.WriteAllText(place.LogFile, "");
        log.Out("after\n");
        Assert.Equal("after", await NextAsync(records));
    }

    [Fact]
    public async Task A_directory_that_is_removed_ends_it()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("all\n");
        await using IAsyncEnumerator<LogRecord> records = Follow();
        Assert.Equal("all", await NextAsync(records));
        Task<string?> end = NextAsync(records);
        Directory.Delete(place.Directory, recursive: true);
        Assert.Null(await end);
    }

    [Fact]
    public async Task Following_until_a_time_ends_then()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("now\n");
        var query = new LogQuery { Follow = true, Until = clock.GetUtcNow().AddSeconds(10) };
        await using IAsyncEnumerator<LogRecord> records = new LogReader(clock).ReadAsync(place.Directory, query).GetAsyncEnumerator();
        Assert.Equal("now", await NextAsync(records));
        Task<string?> end = NextAsync(records);
        clock.Advance(10_000);
        Assert.Null(await end);
    }

    [Fact]
    public async Task A_writer_that_is_killed_loses_nothing_that_was_logged()
    {
        Task<string[]> reading = place.ReadAsync(new LogQuery { Follow = true, Ended = ended.Task }, out LogReader reader);
        for (int round = 0; round < 4; round++)
        {
            using var writer = new LogWriterProcess(place.Directory);
            await AppearAsync($"container.log.{place.Files.Length + 1}");
            writer.Kill();
        }

        using (ContainerLog log = place.Open(clock, LogWriterProcess.Options))
        {
            log.Out("end\n");
        }

        ended.SetResult();
        string[] lines = await reading.InTime();
        Assert.Equal(lines, place.Read());
        Assert.Equal("end", lines[^1]);
        Assert.Equal((0, 0), (reader.Malformed, reader.Gaps));

        // Each writer's numbers are all there, from the first to the last that it wrote.
        int[] numbers = [.. lines.SkipLast(1).Where(line => line[0] != '!').Select(NumberOf)];
        Assert.Equal(4, numbers.Count(number => number == 0));
        Assert.All(numbers.Zip(numbers.Skip(1)), pair => Assert.True(pair.Second == pair.First + 1 || pair.Second == 0, $"{pair.First}, {pair.Second}"));
    }

    public void Dispose() => place.Dispose();

    private static int NumberOf(string line) =>
        int.Parse(line.Split(LogWriterProcess.NumberMark)[1].Split(' ')[0], CultureInfo.InvariantCulture);

    private async Task AppearAsync(string name)
    {
        using var watch = PathWatch.ForNames(place.Directory);
        await Task.Run(() => watch.WaitUntil(() => File.Exists(place.File(name)))).InTime();
    }

    private IAsyncEnumerator<LogRecord> Follow(int? tail = null) =>
        new LogReader(TimeProvider.System).ReadAsync(place.Directory, new LogQuery { Follow = true, Tail = tail, Ended = ended.Task }).GetAsyncEnumerator();

    private static async Task<string?> NextAsync(IAsyncEnumerator<LogRecord> records) =>
        await records.MoveNextAsync().InTime() ? Encoding.UTF8.GetString(records.Current.Content.Span) : null;
}
