using System.Text.RegularExpressions;
using Hearth.Containers;
using Hearth.FileTree.Tests.Support;
using Hearth.Linux.Mounts;
using Hearth.Records.Logs;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Logs;

/// <summary>A log that cannot be written: the workload goes on, and what is missing is told.</summary>
public sealed partial class LogFaultTests : IDisposable
{
    private readonly LogPlace place = new();
    private readonly ManualClock clock = new();
    private readonly List<string> faults = [];

    [Fact]
    public void A_full_disk_costs_output_and_says_how_much() => OwnThread.WithOwnMounts(() =>
    {
        FileSystems.Mount("none", place.Directory, "tmpfs", default, "size=256k");
        File.WriteAllBytes(place.File("other"), new byte[128 << 10]);
        using ContainerLog log = place.Open(clock);
        log.Faulted += faults.Add;
        for (int i = 0; i < 5000; i++)
        {
            log.Out($"line {i}\n");
            log.Out($"half a line");
            log.Out("\n");
        }

        string[] logged = [.. place.Read().Where(line => line[^1] != '…')];
        int loggedBytes = place.ReadBytes(LogStream.StandardOutput).Length;
        Assert.Contains("No space left on device", Assert.Single(faults), StringComparison.Ordinal);
        Assert.InRange(logged.Length, 1000, 5000);

        File.Delete(place.File("other"));
        clock.Advance(20);
        log.Out("there is room\n");

        string[] lines = place.Read();
        Assert.Equal([.. logged, "there is room"], lines.Where(line => line[0] != '!' && line[^1] != '…'));
        (int missing, int bytes) = ReadNote(Assert.Single(lines, line => line[0] == '!'));
        Assert.Equal(10_000, logged.Length + missing);
        Assert.Equal(Enumerable.Range(0, 5000).Sum(i => $"line {i}\nhalf a line\n".Length), loggedBytes + bytes);
        Assert.Equal(faults, log.Faults);
    });

    [Fact]
    public void A_disk_that_fills_up_within_a_write_keeps_the_whole_records() => OwnThread.WithOwnMounts(() =>
    {
        FileSystems.Mount("none", place.Directory, "tmpfs", default, "size=64k");
        using ContainerLog log = place.Open(clock);
        log.Out(string.Concat(Enumerable.Range(0, 3000).Select(i => $"line {i}\n")));
        string[] lines = place.Read();
        Assert.Equal(Enumerable.Range(0, lines.Length).Select(i => $"line {i}"), lines);
        Assert.InRange(lines.Length, 1000, 1400);
    });

    [Fact]
    public void A_full_disk_that_is_emptied_after_the_last_output_is_told_at_the_end() => OwnThread.WithOwnMounts(() =>
    {
        FileSystems.Mount("none", place.Directory, "tmpfs", default, "size=64k");
        File.WriteAllBytes(place.File("other"), new byte[64 << 10]);
        using ContainerLog log = place.Open(clock);
        log.Err("last words\n");
        File.Delete(place.File("other"));
        log.End(LogStream.StandardError);
        Assert.Equal((1, 11), ReadNote(Assert.Single(place.Read())));
    });

    [Fact]
    public void A_file_that_is_removed_is_made_anew_and_that_is_told()
    {
        using ContainerLog log = place.Open(clock);
        log.Faulted += faults.Add;
        log.Out("before\n");
        File.Delete(place.LogFile);
        clock.Advance(20);
        log.Out("after\n");
        log.Out("and more\n");
        const string Fault = "the log's file was removed or replaced, and begins anew";
        Assert.Equal([$"!hearth: {Fault}", "after", "and more"], place.Read());
        Assert.Equal([Fault], faults);
    }

    [Fact]
    public void A_file_that_is_replaced_is_gone_on_with()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("before\n");
        File.Move(place.LogFile, place.File("taken.away"));
        File.WriteAllText(place.LogFile, $"{LogFormat.Describe(clock.GetUtcNow())} stdout F another\nrubbish");
        clock.Advance(20);
        log.Out("after\n");
        Assert.Equal("after", place.Read()[^1]);
        Assert.Equal("another", place.Read()[0]);
    }

    [Fact]
    public void A_file_that_is_emptied_in_place_is_written_from_its_beginning()
    {
        using ContainerLog log = place.Open(clock);
        log.Out("before\n");
        File.WriteAllText(place.LogFile, "");
        log.Out("after\n");
        Assert.Equal(["after"], place.Read());
        Assert.Empty(log.Faults);
    }

    [Fact]
    public void A_directory_that_is_gone_costs_output_until_it_is_back()
    {
        using ContainerLog log = place.Open(clock);
        log.Faulted += faults.Add;
        log.Out("before\n");
        Directory.Delete(place.Directory, recursive: true);
        clock.Advance(20);
        log.Out("one\ntwo\nthr");
        log.Err("x\n");
        Directory.CreateDirectory(place.Directory);
        clock.Advance(20);
        log.Out("ee\n");

        string[] lines = place.Read();
        Assert.Equal((4, 13), ReadNote(lines[0]));
        Assert.Equal(["ee"], lines.Skip(1));
        Assert.Contains("No such file or directory", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_a_fault_and_no_exception()
    {
        using ContainerLog log = ContainerLog.Open(place.File("nowhere"), new LogOptions { MaxRate = new ByteSize(1024) }, clock);
        log.Out("x\n");
        log.End(LogStream.StandardOutput);
        Assert.Contains("No such file or directory", Assert.Single(log.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_file_is_not_written_to()
    {
        File.CreateSymbolicLink(place.LogFile, place.File("elsewhere"));
        using ContainerLog log = place.Open(clock);
        log.Out("x\n");
        Assert.Single(log.Faults);
        Assert.False(File.Exists(place.File("elsewhere")));
    }

    [Fact]
    public void Files_that_cannot_be_moved_on_let_the_log_grow()
    {
        Directory.CreateDirectory(place.File("container.log.1/in.the.way"));
        using ContainerLog log = place.Open(clock, new LogOptions { MaxSize = new ByteSize(1024), MaxFiles = 2 });
        for (int i = 0; i < 100; i++)
        {
            log.Out($"line {i}\n");
        }

        Directory.Delete(place.File("container.log.1"), recursive: true);
        string[] lines = place.Read();
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"line {i}"), lines.Where(line => line[0] != '!'));
        Assert.Contains("cannot be rotated, and grows", Assert.Single(lines, line => line[0] == '!'), StringComparison.Ordinal);
        log.Out("moved on\n");
        Assert.Equal(["container.log", "container.log.1"], place.Files);
    }

    [Fact]
    public void What_is_written_after_the_end_goes_nowhere()
    {
        ContainerLog log = place.Open(clock);
        log.Dispose();
        log.Out("late\n");
        log.End(LogStream.StandardOutput);
        log.Dispose();
        Assert.Empty(place.Read());
    }

    public void Dispose() => place.Dispose();

    private static (int Lines, int Bytes) ReadNote(string note)
    {
        Match match = NotePattern().Match(note);
        Assert.True(match.Success, note);
        return (Parse(match.Groups[1].Value), Parse(match.Groups[2].Value));

        static int Parse(string number) => int.Parse(number.Replace(",", "", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^!hearth: ([\d,]+) lines? \(([\d,]+) bytes?\) of output (?:is|are) missing here: .+$")]
    private static partial Regex NotePattern();
}
