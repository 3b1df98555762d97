using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Launching;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>What init reads: the kernel's command line, mount options, accounts, jobs, /proc.</summary>
public sealed class ParsingTests
{
    private const string Passwd =
        """
        # comment
        root:x:0:0:root:/root:/bin/sh
        short:x:1
        :x:5:5::/:
        1234:x:77:78::/home/number:/bin/sh
        worker:x:1000:1001::/home/worker
        none:x:4294967295:0::/:
        homeless:x:60:60:::
        negative:x:-5:0::/:
        """;

    private const string Group = "root:x:0:\nteam:x:2000:worker,root\nmore:x:2001:other,worker\nshort:x\nteam-again:x:2000:worker\n";

    [Theory]
    [InlineData("quiet hearth.channel=vsock root=x", "vsock")]
    [InlineData("hearth.channel=serial hearth.channel=vsock\n", "vsock")]
    [InlineData("hearth.channel=", "")]
    [InlineData("xhearth.channel=vsock hearth.channels=a", null)]
    [InlineData("", null)]
    public void The_last_word_of_the_command_line_counts(string line, string? expected) =>
        Assert.Equal(expected, KernelCommandLine.Find(line, GuestProtocol.ChannelArgument));

    [Fact]
    public void Mount_options_are_flags_propagation_and_the_file_systems_own()
    {
        MountOptions parsed = MountOptions.Parse(["ro,nosuid,size=1m", "rw", "rshared", "mode=755,noexec,,exec"]);

        Assert.Equal(MountFlags.NoSetUserId, parsed.Flags);
        Assert.Equal(MountFlags.Shared | MountFlags.Recursive, parsed.Propagation);
        Assert.Equal("size=1m,mode=755", parsed.Data);
    }

    /// <summary>What runc 1.1 takes for itself (its parseMountOptions): none of it may reach the file system, which would refuse it.</summary>
    [Fact]
    public void No_option_that_runtimes_handle_reaches_the_file_system()
    {
        string[] handled =
        [
            "acl", "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud", "mand", "noacl", "noatime", "nodev",
            "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid", "nosymfollow", "rbind", "relatime", "remount", "ro",
            "rw", "silent", "strictatime", "suid", "symfollow", "sync", "private", "shared", "slave", "unbindable", "rprivate", "rshared", "rslave", "runbindable",
            "ratime", "rdev", "rdiratime", "rexec", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid", "rnosymfollow",
            "rrelatime", "rro", "rrw", "rstrictatime", "rsuid", "rsymfollow", "tmpcopyup",
        ];
        Assert.All(handled, option => Assert.Equal("", MountOptions.Parse([option]).Data));

        Assert.Equal(MountFlags.ReadOnly, MountOptions.Parse(["rro"]).Flags);
        Assert.True(MountOptions.Parse(["size=1m,tmpcopyup"]).CopiesUp);
        Assert.Equal("size=1m", MountOptions.Parse(["size=1m,tmpcopyup"]).Data);
        Assert.Throws<GuestInitException>(() => MountOptions.Parse(["idmap"]));
    }

    [Theory]
    [InlineData("", 0u, 0u, "/root", "2000")]
    [InlineData("worker", 1000u, 1001u, "/home/worker", "2000,2001")]
    [InlineData("worker:team", 1000u, 2000u, "/home/worker", "")]
    [InlineData("worker:77", 1000u, 77u, "/home/worker", "")]
    [InlineData("1000", 1000u, 1001u, "/home/worker", "2000,2001")]
    [InlineData("1234", 77u, 78u, "/home/number", "")]
    [InlineData("9999", 9999u, 0u, "/", "")]
    [InlineData(":team", 0u, 2000u, "/root", "")]
    [InlineData("homeless", 60u, 60u, "/", "")]
    public void Users_are_found_by_name_before_number(string user, uint uid, uint gid, string home, string groups)
    {
        Identity identity = UserLookup.Parse(Passwd, Group).Resolve(user);

        Assert.Equal((uid, gid, home, groups), (identity.UserId, identity.GroupId, identity.Home, string.Join(',', identity.Groups)));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("nobody")]
    [InlineData("none")]
    [InlineData("negative")]
    [InlineData("-1")]
    [InlineData("4294967295")]
    [InlineData("4294967296")]
    [InlineData("worker:nobody")]
    [InlineData("worker:-1")]
    public void Users_that_the_image_has_not_are_refused(string user)
    {
        LaunchException refusal = Assert.Throws<LaunchException>(() => UserLookup.Parse(Passwd, Group).Resolve(user));

        Assert.Equal(StartFailure.UnknownUser, refusal.Reason);
    }

    [Fact]
    public void The_environment_takes_the_last_value_and_adds_what_is_missing()
    {
        Assert.Equal(
            ["A=3", "no-value", "B==", "PATH=/p", "HOSTNAME=h", "HOME=/home", "TERM=xterm"],
            ProcessEnvironment.Compose(["A=1", "no-value", "B==", "A=3", "PATH=/p"], "h", "/home", hasTerminal: true));
    }

    [Theory]
    [InlineData("12 (sh) S 1 12 34 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 2 0 900 4096 30 18446744073709551615 1", "sh", 1, 34, null)]
    [InlineData("12 (a) b (c) S 7 12 8 34817 -1 4194560 1 2 3 4 5 6 7 8 20 0 2 0 900 4096 30", "a) b (c", 7, 8, "pts/1")]
    [InlineData("12 () ) R 7 12 8 1083 -1 4194560 1 2 3 4 5 6 7 8 20 0 2 0 900 4096 30", ") ", 7, 8, null)]
    [InlineData("12 () R 7 12 8 1083392 -1 4194560 1 2 3 4 5 6 7 8 20 0 2 0 900 4096 30", "", 7, 8, "pts/256")]
    public void What_proc_tells_of_a_process_stands_behind_its_name(string line, string name, int parent, int session, string? terminal)
    {
        ProcessStat stat = ProcessStat.Parse(line)!;

        Assert.Equal((name, parent, session, terminal), (stat.Name, stat.Parent, stat.Session, stat.Terminal));
        Assert.Equal((11, 2, 900, 30), (stat.CpuTicks, stat.Threads, stat.StartTicks, stat.ResidentPages));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12 (x")]
    [InlineData("12 )x( S 1")]
    [InlineData("12 (sh) S 1 12 34 0 -1")]
    public void What_is_no_line_of_proc_is_passed_over(string line) => Assert.Null(ProcessStat.Parse(line));

    [Theory]
    [InlineData("Name:\tx\nUid:\t0\t1000\t0\t0\nNSpid:\t300\t7\n", 7, 1000u)]
    [InlineData("Name:\tx\nUid:\t0\t1000\t0\t0\nNSpid:\t300\t7\t2\n", 7, 1000u)]
    [InlineData("Name:\tx\nUid:\t0\t0\t0\t0\nNSpid:\t300\n", null, null)]
    [InlineData("", null, null)]
    public void A_process_of_the_container_has_a_second_number(string status, int? pid, uint? userId)
    {
        (int Pid, uint UserId)? parsed = ProcessListing.ParseStatus(status);

        Assert.Equal((pid, userId), (parsed?.Pid, parsed?.UserId));
    }

    [Fact]
    public void Interfaces_but_for_the_loopback_are_counted()
    {
        const string Text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:     100       2    0    0    0     0          0         0      100       2    0    0    0     0       0          0
              eth0:4294967296      21    1    2    0     0          0         0      300      23    3    4    0     0       0          0
            """;

        InterfaceStatistics network = Assert.Single(StatisticsReading.ParseInterfaces(Text));

        Assert.Equal(
            new InterfaceStatistics
            {
                Name = "eth0", ReceivedBytes = 4294967296, ReceivedPackets = 21, ReceivedErrors = 1, ReceivedDropped = 2,
                SentBytes = 300, SentPackets = 23, SentErrors = 3, SentDropped = 4,
            },
            network);
        Assert.Empty(StatisticsReading.ParseInterfaces("broken"));
    }

    [Fact]
    public void A_drives_sectors_are_told_as_bytes()
    {
        Assert.Equal(
            new DriveStatistics("vda", 1000 * 512, 7 * 512, 10, 3),
            StatisticsReading.ParseDrive("vda", "      10        2     1000       30        3        4        7       50        0       60       70\n"));
        Assert.Equal(new DriveStatistics("vdb", 0, 0, 0, 0), StatisticsReading.ParseDrive("vdb", ""));
        Assert.Equal(2048, StatisticsReading.ParseMachineMemory("MemTotal:       2 kB\nMemFree: 1 kB\n"));
    }

    [Theory]
    [InlineData(3, 0, 3)]
    [InlineData(0, 9, 137)]
    [InlineData(0, 15, 143)]
    public void The_exit_code_is_what_a_shell_makes_of_it(int exitCode, int signal, int expected) =>
        Assert.Equal(expected, GuestProcess.ExitCodeOf(new ProcessEnd(1, exitCode, signal)));
}
