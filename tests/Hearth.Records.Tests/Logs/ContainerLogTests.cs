using System.Text;
using CsCheck;
using Hearth.Containers;
using Hearth.Records.Logs;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Logs;

/// <summary>Writing a container's output: what comes in comes out, and files are rotated.</summary>
public sealed class ContainerLogTests : IDisposable
{
    private readonly LogPlace place = new();
    private readonly ManualClock clock = new();

    [Fact]
    public void What_was_written_is_read_of_each_stream_apart()
    {
        Gen<byte[]> anyBytes = Gen.Byte.Array[0, 200];
        Gen<byte[]> lines = Gen.String.Array[0, 5].Select(texts => Encoding.UTF8.GetBytes(string.Join('\n', texts)));
        Gen<byte[]> longRuns = Gen.Select(Gen.Byte, Gen.Int[16_000, 70_000]).Select((value, length) => Enumerable.Repeat(value, length).ToArray());
        Gen.Select(Gen.Bool, Gen.Frequency((5, anyBytes), (5, lines), (1, longRuns))).Array[0, 30].Sample(
            writes =>
            {
                using var own = new LogPlace();
                using (ContainerLog log = own.Open(clock))
                {
                    Array.ForEach(writes, write => log.Write(write.Item1 ? LogStream.StandardOutput : LogStream.StandardError, write.Item2));
                }

                return own.ReadBytes(LogStream.StandardOutput).SequenceEqual(writes.Where(write => write.Item1).SelectMany(write => write.Item2))
                    && own.ReadBytes(LogStream.StandardError).SequenceEqual(writes.Where(write => !write.Item1).SelectMany(write => write.Item2));
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void The_beginning_of_a_line_is_in_the_file_at_once()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("name? ");
        Assert.Equal(["name? …"], place.Read());
        log.Err("a warning\n");
        log.Out("Ada\n");
        Assert.Equal(["2a warning", "name? Ada"], place.Read());
    }

    [Fact]
    public void What_comes_after_a_streams_end_begins_a_line()
    {
        using (ContainerLog log = place.Open(clock))
        {
            log.Out("unfinished");
            log.End(LogStream.StandardOutput);
            log.Out("again");
        }

        using ContainerLog later = place.Open(clock);
        later.Out("restarted\n");
        Assert.Equal(["unfinished…", "again…", "restarted"], place.Read());
        Assert.Equal("unfinishedagainrestarted\n", Encoding.ASCII.GetString(place.ReadBytes(LogStream.StandardOutput)));
    }

    [Fact]
    public void Files_stay_within_their_size_and_count_and_hold_the_newest()
    {
        using ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(4096), MaxFiles = 3 });
        for (int i = 0; i < 1000; i++)
        {
            log.Out($"line {i}\n");
        }

        Assert.Equal(["container.log", "container.log.1", "container.log.2"], place.Files);
        Assert.All(place.Files, name => Assert.True(new FileInfo(place.File(name)).Length <= 4096));
        string[] lines = place.Read();
        Assert.True(lines.Length > 150);
        Assert.Equal(Enumerable.Range(1000 - lines.Length, lines.Length).Select(i => $"line {i}"), lines);
        Assert.Empty(log.Faults);
    }

    [Fact]
    public void One_write_may_fill_many_files()
    {
        using ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(2048), MaxFiles = 50 });
        log.Out(string.Concat(Enumerable.Range(0, 1000).Select(i => $"line {i}\n")));
        Assert.All(place.Files, name => Assert.True(new FileInfo(place.File(name)).Length <= 2048));
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"line {i}"), place.Read());
    }

    [Fact]
    public void A_record_larger_than_a_file_has_one_of_its_own()
    {
        using ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(1024), MaxFiles = 5 });
        log.Out("small\n" + new string('x', 9000) + "\nsmall again\n");
        Assert.Equal(["container.log", "container.log.1", "container.log.2"], place.Files);
        Assert.Equal(["small", new string('x', 9000), "small again"], place.Read());
    }

    [Fact]
    public void A_single_file_begins_anew()
    {
        using ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(1024), MaxFiles = 1 });
        for (int i = 0; i < 100; i++)
        {
            log.Out($"line {i}\n");
        }

        Assert.Equal(["container.log"], place.Files);
        Assert.Equal("line 99", place.Read()[^1]);
    }

    [Fact]
    public void A_rotation_that_was_killed_half_way_is_gone_on_with()
    {
        using (ContainerLog log = place.Open(clock, new LogOptions { MaxFiles = 4 }))
        {
            log.Out("newest\n");
        }

        // .1 has become .2 already, and the newest has not moved yet.
        File.WriteAllText(place.File("container.log.2"), $"{LogFormat.Describe(clock.GetUtcNow())} stdout F older\n");
        Assert.Equal(["older", "newest"], place.Read());
        using ContainerLog later = place.Open(clock, new LogOptions { MaxSize = new ByteSize(1024), MaxFiles = 4 });
        later.Out(new string('x', 1024) + "\n");
        Assert.Equal(["container.log", "container.log.1", "container.log.2"], place.Files);
        Assert.Equal(["older", "newest", new string('x', 1024)], place.Read());
    }

    [Fact]
    public void Files_that_are_too_many_go_when_the_log_is_opened()
    {
        foreach (string name in new[] { "container.log", "container.log.1", "container.log.2", "container.log.7", "container.log.old" })
        {
            File.WriteAllText(place.File(name), "");
        }

        using ContainerLog log = place.Open(clock, new LogOptions { MaxFiles = 2 });
        Assert.Equal(["container.log", "container.log.1", "container.log.old"], place.Files);
    }

    [Fact]
    public void A_record_that_a_killed_writer_left_unfinished_is_cut_off_and_told()
    {
        string time = LogFormat.Describe(clock.GetUtcNow());
        File.WriteAllText(place.LogFile, $"{time} stdout F whole\n{time} stdout F hal");
        Assert.Equal(["whole"], place.Read());
        using ContainerLog log = place.Open(clock);
        log.Out("later\n");
        Assert.Equal(["whole", "!hearth: the log's last record was torn when its writer ended, and its 43 bytes were cut off", "later"], place.Read());
        Assert.Single(log.Faults);
    }

    [Fact]
    public void Two_streams_of_ten_thousand_lines_each_arrive_whole_and_in_order()
    {
        const int Lines = 10_000;
        using (ContainerLog log = place.Open(TimeProvider.System))
        {
            Parallel.Invoke(() => WriteNumbers(log.Out), () => WriteNumbers(log.Err));
        }

        string[] lines = place.Read();
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"line {i}"), lines.Where(line => line[0] != '2'));
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => $"2line {i}"), lines.Where(line => line[0] == '2'));

        static void WriteNumbers(Action<string> write)
        {
            for (int i = 0; i < Lines; i++)
            {
                write($"line {i}\n");
            }
        }
    }

    public void Dispose() => place.Dispose();
}
