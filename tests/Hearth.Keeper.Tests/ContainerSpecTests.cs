using System.Text;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Tests;

/// <summary>Container descriptions: read, written, and turned into a machine's shape and the guest's orders.</summary>
public sealed class ContainerSpecTests
{
    private static readonly RootConfiguration root = new() { LowerDrive = "vda", LowerFileSystem = "erofs" };

    [Fact]
    public void A_description_survives_writing_and_reading()
    {
        const string Json = """
            {
              "ociVersion": "1.2.0",
              "process": {
                "terminal": true,
                "consoleSize": { "height": 24, "width": 80 },
                "user": { "uid": 1000, "gid": 1001, "additionalGids": [ 7 ], "umask": 63 },
                "oomScoreAdj": -500,
                "args": [ "sh", "-c", "exit 3" ],
                "env": [ "A=1" ],
                "cwd": "/work",
                "capabilities": { "effective": [ "CAP_CHOWN" ] },
                "rlimits": [ { "type": "RLIMIT_NOFILE", "soft": 10, "hard": 18446744073709551615 } ],
                "noNewPrivileges": true
              },
              "root": { "path": "/srv/root", "readonly": true },
              "hostname": "box",
              "mounts": [ { "destination": "/tmp", "type": "tmpfs", "options": [ "size=1m" ] } ],
              "linux": { "resources": { "memory": { "limit": 268435456 }, "cpu": { "quota": 150000, "period": 100000 } } },
              "annotations": { "a": "b" },
              "unknown": "members are left out"
            }
            """;
        ContainerSpec spec = ContainerSpec.Parse(Encoding.UTF8.GetBytes(Json), "test");
        Assert.Equal(spec.ToJson(), ContainerSpec.Parse(spec.ToJson(), "again").ToJson());

        Assert.Equal(new MachineShape(2, 256), MachineShape.Of(spec));
        StartProcess start = GuestRequests.Start(spec.Process!, "main", windowSize: null);
        Assert.Equal(("1000:1001", "/work", true, new WindowSize(80, 24), true), (start.User, start.WorkingDirectory, start.Terminal, start.WindowSize!, start.NoNewPrivileges));
        Assert.Equal((63, -500), (start.CreationMask, start.OutOfMemoryScore));
        Assert.Equal(["7"], start.AdditionalGroups);
        Assert.Equal(["sh", "-c", "exit 3"], start.Arguments);
        Assert.Equal(["CAP_CHOWN"], start.Capabilities!);
        Assert.Equal([new ResourceLimit("RLIMIT_NOFILE", 10, ulong.MaxValue)], start.ResourceLimits);
        ConfigureGuest configure = GuestRequests.Configure(spec, MachineShape.Of(spec), "unused", root, DateTimeOffset.UnixEpoch.AddSeconds(5));
        Assert.Equal(("box", 5_000_000_000L), (configure.Hostname, configure.UnixTimeNanoseconds));
        GuestMount mount = Assert.Single(configure.Mounts);
        Assert.Equal(("/tmp", "tmpfs", "tmpfs", "size=1m"), (mount.Destination, mount.FileSystem, mount.Source, mount.Options[0]));
    }

    [Theory]
    [InlineData("{\"process\": {\"args\": [\"true\"]}, \"root\": {\"path\": \"/srv\"}}")]
    [InlineData("{\"ociVersion\": null, \"mounts\": null, \"annotations\": null, \"process\": {\"args\": [\"true\"], \"env\": null, \"cwd\": null, \"user\": null, \"rlimits\": null}}")]
    public void What_a_description_leaves_open_has_its_default(string json)
    {
        ContainerSpec spec = ContainerSpec.Parse(Encoding.UTF8.GetBytes(json), "test");
        Assert.Equal((ContainerSpec.CurrentVersion, "/", ""), (spec.OciVersion, spec.Process!.Cwd, GuestRequests.Start(spec.Process, "main", null).User));
        Assert.Empty(spec.Annotations);
        Assert.Empty(GuestRequests.Configure(spec, MachineShape.Of(spec), "x", root, DateTimeOffset.UnixEpoch).Mounts);
        Assert.Empty(GuestRequests.Start(spec.Process, "main", null).Environment);
        Assert.Empty(GuestRequests.Start(spec.Process, "main", null).ResourceLimits);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"root\":{}}")]
    [InlineData("{\"process\":{\"user\":{\"uid\":-1}}}")]
    public void What_is_no_description_is_refused_with_its_name(string json)
    {
        HearthException failure = Assert.Throws<HearthException>(() => ContainerSpec.Parse(Encoding.UTF8.GetBytes(json), "config.json"));
        Assert.Equal(HearthError.InvalidRequest, failure.Error);
        Assert.Contains("'config.json'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, null, 1, 512)]
    [InlineData(50_000L, null, null, 1, 512)]
    [InlineData(100_001L, 100_000UL, null, 2, 512)]
    [InlineData(400_000L, 50_000UL, null, 8, 512)]
    [InlineData(-1L, null, -1L, 1, 512)]
    [InlineData(0L, null, 0L, 1, 512)]
    [InlineData(null, null, 1L, 1, 1)]
    [InlineData(null, null, 1_048_577L, 1, 2)]
    public void A_machine_has_what_the_limits_imply(long? quota, ulong? period, long? memory, int cpus, int mebibytes)
    {
        var spec = new ContainerSpec
        {
            Linux = new LinuxSpec
            {
                Resources = new ResourcesSpec { Cpu = new CpuSpec { Quota = quota, Period = period }, Memory = new MemorySpec { Limit = memory } },
            },
        };
        Assert.Equal(new MachineShape(cpus, mebibytes), MachineShape.Of(spec));
        Assert.Equal(new MachineShape(1, 512), MachineShape.Of(new ContainerSpec()));
    }

    [Theory]
    [InlineData(null, null, null, null, null)]
    [InlineData(0L, null, 0L, null, null)]
    [InlineData(-1L, null, -1L, -1L, -1L)]
    [InlineData(512L << 20, null, 20L, -1L, 20L)]
    [InlineData(30L << 20, "128m", null, 30L << 20, null)]
    [InlineData(128L << 20, "128m", null, -1L, null)]
    public void What_the_machine_does_not_limit_is_limited_inside(long? memory, string? machine, long? pids, long? memorySent, long? pidsSent)
    {
        var spec = new ContainerSpec
        {
            Linux = new LinuxSpec { Resources = new ResourcesSpec { Memory = new MemorySpec { Limit = memory }, Pids = new PidsSpec { Limit = pids } } },
            Annotations = machine is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [MachineShape.MemoryAnnotation] = machine },
        };
        Assert.Equal(
            new ContainerLimits { MemoryInBytes = memorySent, Pids = pidsSent },
            GuestRequests.Configure(spec, MachineShape.Of(spec), "x", root, DateTimeOffset.UnixEpoch).Limits);
    }

    [Fact]
    public void More_memory_than_the_machine_has_cannot_be_given_to_it_while_it_runs()
    {
        var resources = new ResourcesSpec { Memory = new MemorySpec { Limit = 1L << 30 } };
        HearthException failure = Assert.Throws<HearthException>(() => GuestRequests.Limits(resources, new MachineShape(1, 512)));
        Assert.Equal((HearthError.InvalidRequest, "cannot limit the container's memory to 1.0 GiB: its machine has 512.0 MiB, and its size changes only at the next start"), (failure.Error, failure.Message));
    }

    [Fact]
    public void A_machine_of_no_size_is_refused()
    {
        var spec = new ContainerSpec { Annotations = new Dictionary<string, string> { [MachineShape.MemoryAnnotation] = "much" } };
        Assert.Contains("'much'", Assert.Throws<HearthException>(() => MachineShape.Of(spec)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u, 0u, null, "")]
    [InlineData(1000u, 0u, null, "1000:0")]
    [InlineData(0u, 5u, null, "0:5")]
    [InlineData(1000u, 5u, "www-data:adm", "www-data:adm")]
    public void A_user_is_sent_as_the_guest_looks_it_up(uint uid, uint gid, string? name, string sent) =>
        Assert.Equal(sent, GuestRequests.Start(new ProcessSpec { User = new UserSpec { Uid = uid, Gid = gid, Username = name } }, "main", null).User);

    [Fact]
    public void A_guest_gets_a_name_and_fresh_randomness_in_any_case()
    {
        ConfigureGuest one = GuestRequests.Configure(new ContainerSpec(), MachineShape.Of(new ContainerSpec()), "abcdef", root, DateTimeOffset.UnixEpoch);
        ConfigureGuest two = GuestRequests.Configure(new ContainerSpec(), MachineShape.Of(new ContainerSpec()), "abcdef", root, DateTimeOffset.UnixEpoch);
        Assert.Equal("abcdef", one.Hostname);
        Assert.Equal(64, one.Entropy.Length);
        Assert.NotEqual(one.Entropy, two.Entropy);
    }

    [Fact]
    public void A_size_of_the_callers_terminal_wins_over_the_descriptions() =>
        Assert.Equal(
            new WindowSize(100, 40),
            GuestRequests.Start(new ProcessSpec { ConsoleSize = new ConsoleSizeSpec(24, 80) }, "main", new WindowSize(100, 40)).WindowSize);

    [Fact]
    public void A_mount_that_cannot_be_honoured_is_refused()
    {
        var spec = new ContainerSpec { Mounts = [new MountSpec { Destination = "/data", Type = "bind", Source = "/srv" }] };
        HearthException failure = Assert.Throws<HearthException>(() => GuestRequests.Configure(spec, MachineShape.Of(spec), "x", root, DateTimeOffset.UnixEpoch));
        Assert.Equal(HearthError.InvalidRequest, failure.Error);
        Assert.Contains("'/data'", failure.Message, StringComparison.Ordinal);
    }
}
