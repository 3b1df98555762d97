using System.Text;
using Hearth.Containers;
using Hearth.Guest.Protocol.Tests;
using Hearth.Records.Logs;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Logs;

/// <summary>Reading a log that nobody writes: from its end, from a time, across files, past what is damaged.</summary>
public sealed class LogReaderTests : IDisposable
{
    private readonly LogPlace place = new();
    private readonly ManualClock clock = new();

    [Fact]
    public void Nothing_there_is_nothing_to_read()
    {
        Assert.Empty(place.Read());
        Directory.Delete(place.Directory);
        Assert.Empty(place.Read(new LogQuery { Tail = 5, Follow = true }));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "out 4")]
    [InlineData(2, "2err 3,out 4")]
    [InlineData(3, "!hearth: note,2err 3,out 4")]
    [InlineData(5, "out 2 in pieces,2err 2,!hearth: note,2err 3,out 4")]
    [InlineData(7, "2err 1,out 1,out 2 in pieces,2err 2,!hearth: note,2err 3,out 4")]
    [InlineData(100, "2err 1,out 1,out 2 in pieces,2err 2,!hearth: note,2err 3,out 4")]
    public void A_tail_has_whole_lines_however_the_streams_are_mixed(int tail, string expected)
    {
        using ContainerLog log = place.Open(clock);
        log.Err("err 1\n");
        log.Out("out 1\nout 2 ");
        log.Err("err ");
        log.Out("in pi");
        log.Out("eces\n");
        log.Err("2\n");
        File.AppendAllText(place.LogFile, Encoding.UTF8.GetString(LogFormat.ComposeNote(clock.GetUtcNow(), "hearth: note")));
        log.Err("err 3\nout");
        log.End(LogStream.StandardError);
        log.Out("out 4\n");

        // The unfinished "out" on standard error is a line too: the helper shows it last.
        string[] lines = place.Read(new LogQuery { Tail = tail + (tail > 1 ? 1 : 0) });
        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), lines.Where(line => line != "2out…"));
    }

    [Fact]
    public void A_tail_of_one_stream_counts_that_one_only()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("one\ntwo\n");
        log.Err("oops\n");
        log.Out("three\n");
        log.Err("again\n");
        Assert.Equal(["two", "three"], place.Read(new LogQuery { Tail = 2, StandardError = false }));
        Assert.Equal(["2again"], place.Read(new LogQuery { Tail = 1, StandardOutput = false }));
    }

    [Fact]
    public void A_tail_reaches_across_rotated_files_and_reads_no_more_of_them_than_it_needs()
    {
        using (ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(64 << 10), MaxFiles = 10 }))
        {
            log.Out(string.Concat(Enumerable.Range(0, 10_000).Select(i => $"line {i}\n")));
        }

        foreach (int tail in new[] { 1, 100, 1300, 2500, 9999, 10_000, 10_001 })
        {
            int count = Math.Min(tail, 10_000);
            Assert.Equal(Enumerable.Range(10_000 - count, count).Select(i => $"line {i}"), place.Read(new LogQuery { Tail = tail }));
        }

        // A tail out of the newest file does not look at what older ones hold.
        File.WriteAllText(place.File("container.log.1"), new string('x', 1 << 20));
        LogReader reader = new(TimeProvider.System);
        Assert.Equal("line 9999", Assert.Single(ReadAll(reader, new LogQuery { Tail = 1 })));
        Assert.Equal(0, reader.Malformed);
    }

    [Fact]
    public void Times_bound_what_is_read_on_rotated_files_too()
    {
        using (ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(1024), MaxFiles = 20 }))
        {
            for (int i = 0; i < 200; i++)
            {
                log.Out($"line {i}\n");
                clock.Advance(1000);
            }
        }

        DateTimeOffset start = DateTimeOffset.UnixEpoch;
        Assert.Equal(["line 50", "line 51", "line 52"], place.Read(new LogQuery { Since = start.AddSeconds(50), Until = start.AddSeconds(52) }));
        Assert.Equal(["line 199"], place.Read(new LogQuery { Since = start.AddSeconds(198.5) }));
        Assert.Equal(["line 0"], place.Read(new LogQuery { Until = start }));
        Assert.Empty(place.Read(new LogQuery { Since = start.AddSeconds(300) }));

        // As with docker, the tail is taken first.
        Assert.Equal(["line 198", "line 199"], place.Read(new LogQuery { Tail = 5, Since = start.AddSeconds(198) }));
        Assert.Equal(["line 195"], place.Read(new LogQuery { Tail = 5, Until = start.AddSeconds(195) }));
    }

    [Fact]
    public void Damaged_lines_are_left_out_and_counted()
    {
        string time = LogFormat.Describe(clock.GetUtcNow());
        File.WriteAllText(place.File("container.log.1"), $"{time} stdout F one\nrubbish\n{time} stdout F two\n{time} std");
        File.WriteAllText(place.LogFile, $"{time} stdout F three\n{new string('x', 200_000)}\n{time} stdout F four\n\n{time} stdout F fiv");
        LogReader reader = new(TimeProvider.System);
        Assert.Equal(["one", "two", "three", "four"], ReadAll(reader, new LogQuery()));
        Assert.Equal(5, reader.Malformed);
        Assert.Equal(["two", "three", "four"], ReadAll(new LogReader(TimeProvider.System), new LogQuery { Tail = 3 }));
    }

    [Fact]
    public void Reading_can_be_given_up()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("one\n");
        using var giveUp = new CancellationTokenSource();
        Task reading = Task.Run(async () =>
        {
            await foreach (LogRecord record in new LogReader(TimeProvider.System).ReadAsync(place.Directory, new LogQuery { Follow = true }, giveUp.Token))
            {
                giveUp.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() => reading.InTime().GetAwaiter().GetResult());
    }

    public void Dispose() => place.Dispose();

    private List<string> ReadAll(LogReader reader, LogQuery query)
    {
        return Read().InTime().GetAwaiter().GetResult();

        async Task<List<string>> Read()
        {
            var lines = new List<string>();
            await foreach (LogRecord record in reader.ReadAsync(place.Directory, query))
            {
                lines.Add(Encoding.UTF8.GetString(record.Content.Span));
            }

            return lines;
        }
    }
}
