using Hearth.Guest.Init.Boot;
using Hearth.Guest.Init.Launching;
using Hearth.Guest.Init.Processes;
using Hearth.Guest.Init.World;
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

    [Fact]
    public void A_job_survives_its_way_to_the_launcher()
    {
        LaunchJob job = new()
        {
            JoinPid = 77,
            Hostname = "höst",
            Arguments = ["sh", "", "grüße"],
            Environment = ["A=1"],
            WorkingDirectory = "/w",
            User = "u:g",
            StandardDescriptors = [5, LaunchJob.None, 7],
            Terminal = 3,
            Capabilities = ulong.MaxValue,
            NoNewPrivileges = true,
            ResourceLimits = [new ResourceLimit("RLIMIT_CORE", 0, ulong.MaxValue)],
        };

        foreach (LaunchJob sent in (LaunchJob[])[job, job with { Capabilities = null, Arguments = ["a"], ResourceLimits = [] }])
        {
            byte[] encoded = sent.Encode();
            Assert.Equal(encoded.Length - 4, BitConverter.ToInt32(encoded));
            Assert.Equivalent(sent, LaunchJob.Decode(encoded[4..]), strict: true);
        }
    }

    [Fact]
    public void A_report_of_failure_is_cut_and_an_empty_one_is_success()
    {
        Assert.Null(LaunchReport.Decode([]));
        LaunchException? told = LaunchReport.Decode(LaunchReport.Encode(new LaunchException(StartFailure.NotExecutable, new string('x', 10_000))));
        Assert.Equal((StartFailure.NotExecutable, LaunchReport.MaxBytes - 1), (told!.Reason, told.Message.Length));
    }

    [Theory]
    [InlineData("12 (sh) S 1 12 34 0 -1", 1, 34)]
    [InlineData("12 (a) b (c) S 7 12 8 0 -1", 7, 8)]
    [InlineData("12 () ) R 7 12 8", 7, 8)]
    [InlineData("12 (x", null, null)]
    [InlineData("", null, null)]
    public void The_parent_and_the_session_stand_behind_the_name(string line, int? parent, int? session)
    {
        (int Parent, int Session)? status = ProcessFamily.ParseStatus(line);

        Assert.Equal((parent, session), (status?.Parent, status?.Session));
    }

    [Theory]
    [InlineData(3, 0, 3)]
    [InlineData(0, 9, 137)]
    [InlineData(0, 15, 143)]
    public void The_exit_code_is_what_a_shell_makes_of_it(int exitCode, int signal, int expected) =>
        Assert.Equal(expected, GuestProcess.ExitCodeOf(new ProcessEnd(1, exitCode, signal)));
}
