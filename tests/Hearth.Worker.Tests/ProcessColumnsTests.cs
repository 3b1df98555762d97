using Hearth.Guest.Protocol.Messages;
using Hearth.Worker.Docker.Containers;

namespace Hearth.Worker.Tests;

/// <summary>The columns of docker's <c>top</c>, as ps(1) has them.</summary>
public sealed class ProcessColumnsTests
{
    private static readonly DateTimeOffset now = new(2026, 11, 24, 21, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("-ef", "UID PID PPID C STIME TTY TIME CMD", "33 7 1 10 19:59 pts/0 00:06:06 /usr/bin/a-program-with-a-long-name -x")]
    [InlineData("-e -f", "UID PID PPID C STIME TTY TIME CMD", null)]
    [InlineData("-e", "PID TTY TIME CMD", "7 pts/0 00:06:06 a-program-with-")]
    [InlineData("aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND", "33 7 10.0 1.0 - 5120 pts/0 S 19:59 6:06 /usr/bin/a-program-with-a-long-name -x")]
    [InlineData("-aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND", null)]
    [InlineData("ax", "PID TTY STAT TIME COMMAND", null)]
    [InlineData("-o pid,comm", "PID COMMAND", "7 a-program-with-")]
    [InlineData("-eo pid,ppid,etime,nlwp,args", "PID PPID ELAPSED NLWP COMMAND", "7 1 01:01:00 3 /usr/bin/a-program-with-a-long-name -x")]
    [InlineData("axo pid,user=WHO -o rss", "PID WHO RSS", "7 33 5120")]
    public void They_are_those_that_the_arguments_choose(string arguments, string titles, string? values)
    {
        IReadOnlyList<ProcessColumn> columns = ProcessColumns.Parse(arguments);
        ContainerProcess process = new()
        {
            Pid = 7, GuestPid = 70, ParentPid = 1, UserId = 33, StartUnixNanoseconds = (now - TimeSpan.FromMinutes(61) - DateTimeOffset.UnixEpoch).Ticks * 100, CpuTimeMs = 366_000,
            ResidentBytes = 5 << 20, State = "S", Threads = 3, Terminal = "pts/0", Command = "/usr/bin/a-program-with-a-long-name -x",
        };

        Assert.Equal(titles, string.Join(' ', columns.Select(column => column.Title)));
        string shown = string.Join(' ', columns.Select(column => column.Value(new ShownProcess(process, now, 500 << 20))));
        Assert.True(values is null ? shown.Contains('7') : shown == values, shown);
    }

    [Theory]
    [InlineData("-eF", "cannot list processes as 'ps -eF': there are -e, -f, a, u, x, and -o with pid,")]
    [InlineData("-o", "cannot list processes as 'ps -o'")]
    [InlineData("-o pid,wchan", "cannot list processes as 'ps -o pid,wchan'")]
    [InlineData("--help", "cannot list processes as 'ps --help'")]
    [InlineData("-o user,args", "Couldn't find PID field in ps output")]
    [InlineData("-o pid=NUMBER", "Couldn't find PID field in ps output")]
    public void Others_are_refused(string arguments, string words) => Assert.StartsWith(words, Assert.Throws<ApiException>(() => ProcessColumns.Parse(arguments)).Message, StringComparison.Ordinal);
}
