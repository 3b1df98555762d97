using System.Collections;
using System.Reflection;
using System.Text;
using CsCheck;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Tests;

public sealed class GuestMessageJsonTests
{
    private static readonly ContainerLimits limits = new()
    {
        MemoryInBytes = 32 << 20, Pids = 100, CpuQuotaUs = 50_000, CpuPeriodUs = 100_000, CpuWeight = ContainerLimits.Unlimited,
    };

    private static readonly GuestInterface face = new(
        [2, 0, 0, 0, 0, 1],
        1450,
        [new GuestAddress([10, 1, 0, 2], 24)],
        [new GuestRoute([10, 2, 0, 0], 16, [10, 1, 0, 1]) { Source = [10, 1, 0, 2], Metric = 7, IsOnLink = true }])
    {
        NewHardwareAddress = [2, 0, 0, 0, 0, 2],
        HasAllRoutes = true,
        Neighbours = [new GuestNeighbour([10, 1, 0, 9], [2, 0, 0, 0, 0, 9])],
    };

    /// <summary>One of each, no member at its default, with the exact JSON. A change here is a change of the protocol.</summary>
    private static readonly (GuestMessage Message, string Json)[] Golden =
    [
        (
            new ConfigureGuest
            {
                ProtocolVersion = 7,
                Hostname = "box",
                Domainname = "example.org",
                Root = new RootConfiguration
                {
                    LowerDrive = "vda", LowerFileSystem = "erofs", ReadOnly = true, HasUserAttributes = true, Attributes = new RootAttributes(0x1ff, 1, 2, -3, [new RootExtendedAttribute([1], [2, 3])]), UpperDrive = "vdb", UpperSizeInBytes = 1L << 40, LayerStream = 12,
                },
                Mounts = [new GuestMount("/tmp", "tmpfs", "tmpfs", ["nosuid", "size=64m"]) { Share = new GuestShare(7, IsFile: true, 4096), IsVolume = true }],
                Limits = limits,
                WorkingDirectory = "/srv",
                KernelParameters = [new KernelParameter("net.core.somaxconn", "1024")],
                LocalTime = "TZif"u8.ToArray(),
                HasReaper = true,
                NameStream = 8,
                Network = new GuestNetwork(
                    [face],
                    "nameserver 127.0.0.11\n",
                    [new GuestHostEntry("10.1.0.9", "db")]),
                UnixTimeNanoseconds = 1_700_000_000_123_456_789,
                Entropy = [0, 255, 16],
            },
            """{"type":"configure","protocolVersion":7,"hostname":"box","domainname":"example.org","root":{"lowerDrive":"vda","lowerFileSystem":"erofs","readOnly":true,"hasUserAttributes":true,"attributes":{"mode":511,"userId":1,"groupId":2,"modifiedUnixNanoseconds":-3,"extendedAttributes":[{"name":"AQ==","value":"AgM="}]},"upperDrive":"vdb","upperSizeInBytes":1099511627776,"layerStream":12},"mounts":[{"destination":"/tmp","fileSystem":"tmpfs","source":"tmpfs","options":["nosuid","size=64m"],"share":{"stream":7,"isFile":true,"maxMessageBytes":4096},"isVolume":true}],"workingDirectory":"/srv","kernelParameters":[{"name":"net.core.somaxconn","value":"1024"}],"localTime":"VFppZg==","hasReaper":true,"limits":{"memoryInBytes":33554432,"pids":100,"cpuQuotaUs":50000,"cpuPeriodUs":100000,"cpuWeight":-1},"nameStream":8,"network":{"interfaces":[{"hardwareAddress":"AgAAAAAB","newHardwareAddress":"AgAAAAAC","maximumTransmissionUnit":1450,"addresses":[{"address":"CgEAAg==","prefixLength":24}],"routes":[{"destination":"CgIAAA==","prefixLength":16,"gateway":"CgEAAQ==","source":"CgEAAg==","metric":7,"isOnLink":true}],"hasAllRoutes":true,"neighbours":[{"address":"CgEACQ==","hardwareAddress":"AgAAAAAJ"}]}],"resolverConfiguration":"nameserver 127.0.0.11\n","hosts":[{"address":"10.1.0.9","name":"db"}]},"unixTimeNanoseconds":1700000000123456789,"entropy":"AP8Q"}"""),
        (
            new StartProcess
            {
                ProcessId = "main",
                Arguments = ["/bin/sh", "-c", "echo 'é'\n"],
                Environment = ["PATH=/bin"],
                JoinsContainer = true,
                IsHeld = true,
                WorkingDirectory = "/srv",
                User = "app:app",
                AdditionalGroups = ["5", "team"],
                CreationMask = 63,
                OutOfMemoryScore = -500,
                Terminal = true,
                WindowSize = new WindowSize(80, 24),
                StandardInputStream = 1,
                StandardOutputStream = 2,
                StandardErrorStream = uint.MaxValue,
                Capabilities = ["CAP_CHOWN"],
                NoNewPrivileges = true,
                ResourceLimits = [new ResourceLimit("RLIMIT_NOFILE", 1024, ulong.MaxValue)],
            },
            """{"type":"start","processId":"main","arguments":["/bin/sh","-c","echo \u0027\u00E9\u0027\n"],"environment":["PATH=/bin"],"joinsContainer":true,"isHeld":true,"workingDirectory":"/srv","user":"app:app","additionalGroups":["5","team"],"creationMask":63,"outOfMemoryScore":-500,"terminal":true,"windowSize":{"columns":80,"rows":24},"standardInputStream":1,"standardOutputStream":2,"standardErrorStream":4294967295,"capabilities":["CAP_CHOWN"],"noNewPrivileges":true,"resourceLimits":[{"type":"RLIMIT_NOFILE","soft":1024,"hard":18446744073709551615}]}"""),
        (
            new SignalProcess("main", 15, All: true) { RequestId = 1 },
            """{"type":"signal","requestId":1,"processId":"main","signal":15,"all":true}"""),
        (
            new ReleaseProcess("main") { RequestId = 9 },
            """{"type":"release","requestId":9,"processId":"main"}"""),
        (
            new ProcessHeld("main"),
            """{"type":"held","processId":"main"}"""),
        (
            new ResizeTerminal("main", new WindowSize(132, 50)) { RequestId = 2 },
            """{"type":"resize","requestId":2,"processId":"main","windowSize":{"columns":132,"rows":50}}"""),
        (new QueryStatistics { RequestId = 3 }, """{"type":"query-statistics","requestId":3}"""),
        (new ListProcesses { RequestId = uint.MaxValue }, """{"type":"list-processes","requestId":4294967295}"""),
        (
            new UpdateLimits(limits) { RequestId = 5 },
            """{"type":"update-limits","requestId":5,"limits":{"memoryInBytes":33554432,"pids":100,"cpuQuotaUs":50000,"cpuPeriodUs":100000,"cpuWeight":-1}}"""),
        (
            new SetClock(1_700_000_000_123_456_789) { RequestId = 6 },
            """{"type":"set-clock","requestId":6,"unixTimeNanoseconds":1700000000123456789}"""),
        (new ConnectLoopbackDatagrams(53, 9) { RequestId = 7 }, """{"type":"connect-loopback-datagrams","requestId":7,"port":53,"stream":9}"""),
        (new ConnectLoopback(80, 9) { RequestId = 7 }, """{"type":"connect-loopback","requestId":7,"port":80,"stream":9}"""),
        (
            new ConfigureInterfaces([face]) { RequestId = 4 },
            """{"type":"configure-interfaces","requestId":4,"interfaces":[{"hardwareAddress":"AgAAAAAB","newHardwareAddress":"AgAAAAAC","maximumTransmissionUnit":1450,"addresses":[{"address":"CgEAAg==","prefixLength":24}],"routes":[{"destination":"CgIAAA==","prefixLength":16,"gateway":"CgEAAQ==","source":"CgEAAg==","metric":7,"isOnLink":true}],"hasAllRoutes":true,"neighbours":[{"address":"CgEACQ==","hardwareAddress":"AgAAAAAJ"}]}]}"""),
        (
            new StatPath("/etc/passwd", FollowsLink: true) { RequestId = 7 },
            """{"type":"stat-path","requestId":7,"path":"/etc/passwd","followsLink":true}"""),
        (
            new WriteArchive { RequestId = 8, Directory = "/srv", Stream = 9, FirstName = "new", Owner = new ArchiveOwner(1000, 100) { Name = "app:adm" }, Replaces = true },
            """{"type":"write-archive","requestId":8,"directory":"/srv","stream":9,"firstName":"new","owner":{"userId":1000,"groupId":100,"name":"app:adm"},"replaces":true}"""),
        (
            new ReadArchive { RequestId = 9, Path = "/srv/app", Stream = 10, FirstName = ".", FollowsLink = true },
            """{"type":"read-archive","requestId":9,"path":"/srv/app","stream":10,"firstName":".","followsLink":true}"""),
        (
            new ReadRoot(RootForm.Layer, 11, Freezes: true) { RequestId = 10 },
            """{"type":"read-root","requestId":10,"form":2,"stream":11,"freezes":true}"""),
        (new ShutDownGuest(), """{"type":"shutdown"}"""),
        (
            new GuestHello { ProtocolVersion = 1, KernelRelease = "6.1.0", Phases = [new GuestPhase("modules", 1.5, 0.25)] },
            """{"type":"hello","protocolVersion":1,"kernelRelease":"6.1.0","phases":[{"name":"modules","startUs":1500,"durationUs":250}]}"""),
        (
            new GuestConfigured([new GuestPhase("root", 2, 3.125)], ["no memory controller"]),
            """{"type":"configured","phases":[{"name":"root","startUs":2000,"durationUs":3125}],"warnings":["no memory controller"]}"""),
        (
            new ProcessStarted("main", 42, 812.5),
            """{"type":"started","processId":"main","guestPid":42,"uptimeUs":812500}"""),
        (
            new ProcessFailed("main", StartFailure.WorkingDirectory, "chdir '/srv': no such file"),
            """{"type":"failed","processId":"main","reason":3,"message":"chdir \u0027/srv\u0027: no such file"}"""),
        (
            new ProcessExited("main", 137, 9, OutOfMemory: true),
            """{"type":"exited","processId":"main","exitCode":137,"signal":9,"outOfMemory":true}"""),
        (new GuestEvent(GuestEventKind.OutOfMemory, 2), """{"type":"event","kind":1,"count":2}"""),
        (new GuestFailed("mount: no"), """{"type":"error","message":"mount: no"}"""),
        (new RequestDone(["socket left out"]) { RequestId = 1 }, """{"type":"done","requestId":1,"warnings":["socket left out"]}"""),
        (
            new RequestFailed(RequestFailure.Refused, "no") { RequestId = 2 },
            """{"type":"request-failed","requestId":2,"reason":2,"message":"no"}"""),
        (
            new PathStatus
            {
                RequestId = 3, Name = "passwd", Mode = 41471, SizeInBytes = 12, UserId = 1, GroupId = 2,
                ModifiedUnixNanoseconds = 1_700_000_000_123_456_789, LinkTarget = "/target",
            },
            """{"type":"path-status","requestId":3,"name":"passwd","mode":41471,"sizeInBytes":12,"userId":1,"groupId":2,"modifiedUnixNanoseconds":1700000000123456789,"linkTarget":"/target"}"""),
        (
            new ProcessList(
                [
                    new ContainerProcess
                    {
                        Pid = 1, GuestPid = 42, ParentPid = 7, UserId = 1000, StartUnixNanoseconds = 1_700_000_000_123_456_789,
                        CpuTimeMs = 30, ResidentBytes = 4096, State = "S", Threads = 2, Terminal = "pts/0", Command = "sleep 9",
                    },
                ],
                IsTruncated: true) { RequestId = 4 },
            """{"type":"process-list","requestId":4,"processes":[{"pid":1,"guestPid":42,"parentPid":7,"userId":1000,"startUnixNanoseconds":1700000000123456789,"cpuTimeMs":30,"residentBytes":4096,"state":"S","threads":2,"terminal":"pts/0","command":"sleep 9"}],"isTruncated":true}"""),
        (
            new GuestStatistics
            {
                RequestId = 5,
                UptimeUs = 1_000_000,
                Cpu = new CpuStatistics { UsageUs = 3, UserUs = 1, SystemUs = 2, Processors = 4, ThrottledPeriods = 5, ThrottledUs = 6 },
                Memory = new MemoryStatistics { CurrentBytes = 1, PeakBytes = 2, LimitBytes = 3, InactiveFileBytes = 4, OutOfMemoryKills = 5 },
                Pids = new PidStatistics(2, 100),
                Drives = [new DriveStatistics("vda", 512, 1024, 1, 2)],
                Interfaces =
                [
                    new InterfaceStatistics
                    {
                        Name = "eth0", ReceivedBytes = 1, ReceivedPackets = 2, ReceivedErrors = 3, ReceivedDropped = 4,
                        SentBytes = 5, SentPackets = 6, SentErrors = 7, SentDropped = 8,
                    },
                ],
                Init = new InitStatistics(1 << 20, 30, 9),
            },
            """{"type":"statistics","requestId":5,"uptimeUs":1000000,"cpu":{"usageUs":3,"userUs":1,"systemUs":2,"processors":4,"throttledPeriods":5,"throttledUs":6},"memory":{"currentBytes":1,"peakBytes":2,"limitBytes":3,"inactiveFileBytes":4,"outOfMemoryKills":5},"pids":{"current":2,"limit":100},"drives":[{"name":"vda","readBytes":512,"writtenBytes":1024,"reads":1,"writes":2}],"interfaces":[{"name":"eth0","receivedBytes":1,"receivedPackets":2,"receivedErrors":3,"receivedDropped":4,"sentBytes":5,"sentPackets":6,"sentErrors":7,"sentDropped":8}],"init":{"residentBytes":1048576,"descriptors":30,"threads":9}}"""),
    ];

    public static TheoryData<string> Types => new(Golden.Select(static sample => sample.Message.GetType().Name));

    private static Type[] ConcreteMessages => [.. typeof(GuestMessage).Assembly.GetTypes()
        .Where(static type => type.IsSubclassOf(typeof(GuestMessage)) && !type.IsAbstract)];

    [Theory]
    [MemberData(nameof(Types))]
    public void A_message_is_written_as_its_golden_json_and_read_back_equal(string type)
    {
        (GuestMessage message, string json) = Golden.Single(sample => sample.Message.GetType().Name == type);

        byte[] written = GuestMessageJson.Serialize(message);
        GuestMessage read = GuestMessageJson.Deserialize(written);

        Assert.Equal(json, Encoding.UTF8.GetString(written));
        Assert.Equal(message.GetType(), read.GetType());
        Assert.Equivalent(message, read, strict: true);
    }

    [Fact]
    public void Every_message_has_a_golden_sample_that_leaves_no_member_at_its_default()
    {
        Assert.Equal(
            ConcreteMessages.Select(static type => type.Name).Order(),
            Golden.Select(static sample => sample.Message.GetType().Name).Order());
        foreach ((GuestMessage message, _) in Golden)
        {
            AssertNothingIsDefault(message);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"type":null}""")]
    [InlineData("""{"type":"reboot"}""")]
    [InlineData("""{"type":"exited","processId":"p","exitCode":0}""")]
    [InlineData("""{"type":"exited","processId":null,"exitCode":0,"signal":0}""")]
    [InlineData("""{"type":"exited","processId":"p","exitCode":2147483648,"signal":0}""")]
    [InlineData("""{"type":"exited","processId":"p","exitCode":0.5,"signal":0}""")]
    [InlineData("""{"type":"exited","processId":"\ud800","exitCode":0,"signal":0}""")]
    [InlineData("""{"type":"failed","processId":"p","reason":8,"message":"m"}""")]
    [InlineData("""{"type":"event","kind":2,"count":1}""")]
    [InlineData("""{"type":"set-clock","unixTimeNanoseconds":1}""")]
    [InlineData("""{"type":"update-limits","requestId":1,"limits":{"pids":"many"}}""")]
    [InlineData("""{"type":"done","requestId":-1,"warnings":[]}""")]
    [InlineData("""{"type":"start","processId":"p","additionalGroups":[-1]}""")]
    [InlineData("""{"type":"resize","processId":"p","windowSize":{"columns":65536,"rows":1}}""")]
    [InlineData("""{"type":"configured","phases":[1]}""")]
    [InlineData("""{"type":"configured","phases":[[[[[[[[[[]]]]]]]]]]}""")]
    [InlineData("""{"type":"shutdown"} {}""")]
    public void What_is_no_message_is_refused(string json)
    {
        GuestProtocolException refusal =
            Assert.Throws<GuestProtocolException>(() => GuestMessageJson.Deserialize(Encoding.UTF8.GetBytes(json)));

        Assert.Equal(GuestProtocolError.BadMessage, refusal.Error);
    }

    [Fact]
    public void Members_that_are_not_known_are_passed_over() =>
        Assert.Equal(
            new GuestFailed("m"),
            GuestMessageJson.Deserialize("""{"later":[{"x":1}],"message":"m","type":"error"}"""u8.ToArray()));

    [Fact]
    public void Damaged_messages_are_read_or_refused_and_nothing_else()
    {
        byte[][] samples = [.. Golden.Select(static sample => Encoding.UTF8.GetBytes(sample.Json))];
        Gen.Select(Gen.Int[0, samples.Length - 1].Select(index => samples[index]), Gen.Int[0, 2000], Gen.Byte.Array[1, 4]).Sample(
            static (sample, position, damage) =>
            {
                byte[] json = [.. sample];
                int start = position % json.Length;
                damage.AsSpan(0, Math.Min(damage.Length, json.Length - start)).CopyTo(json.AsSpan(start));
                try
                {
                    return GuestMessageJson.Deserialize(json) is not null;
                }
                catch (GuestProtocolException e)
                {
                    return e.Error == GuestProtocolError.BadMessage;
                }
            },
            iter: 20_000);
    }

    [Theory]
    [InlineData("\"AgAAAAAB\"", "\"AgAAAA==\"")]
    [InlineData("\"CgEAAg==\"", "\"CgEA\"")]
    [InlineData("\"prefixLength\":24", "\"prefixLength\":33")]
    [InlineData("\"CgEAAQ==\"", "\"AAAAAAAAAAAAAAAAAAAAAA==\"")]
    [InlineData("1450", "-1")]
    public void A_network_with_addresses_of_no_family_is_refused(string part, string damaged)
    {
        string json = Golden.Single(static sample => sample.Message is ConfigureGuest).Json;
        Assert.Contains(part, json);

        GuestProtocolException refusal = Assert.Throws<GuestProtocolException>(
            () => GuestMessageJson.Deserialize(Encoding.UTF8.GetBytes(json.Replace(part, damaged, StringComparison.Ordinal))));

        Assert.Equal(GuestProtocolError.BadMessage, refusal.Error);
    }

    private static void AssertNothingIsDefault(object value)
    {
        foreach (PropertyInfo property in value.GetType().GetProperties().Where(static p => p.Name != "EqualityContract"))
        {
            object? member = property.GetValue(value);
            Assert.True(
                member is not (null or false or 0 or 0u or 0L or 0ul or 0.0 or "") && member is not ICollection { Count: 0 },
                $"{value.GetType().Name}.{property.Name} is at its default, so a codec that forgets it would pass.");
            object[] parts = member is IEnumerable items and not string ? [.. items.Cast<object>()] : [member];
            foreach (object part in parts.Where(static part => part.GetType().Assembly == typeof(GuestMessage).Assembly && !part.GetType().IsEnum))
            {
                AssertNothingIsDefault(part);
            }
        }
    }
}
