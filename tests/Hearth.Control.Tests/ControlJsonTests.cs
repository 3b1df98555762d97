using System.Text;
using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control.Tests;

public sealed class ControlJsonTests
{
    private static readonly Diagnostic hot = Diagnostic.Warning(DiagnosticCode.LimitNotApplied, "hot");

    private static readonly WindowSize size = new(80, 24);

    /// <summary>One of each, no member of which is as it is by itself.</summary>
    private static readonly ControlMessage[] samples =
    [
        new PingRequest(),
        new PrepareRequest(),
        new StartRequest(Attach: true, Input: true, size) { QueuedMs = 12 },
        new AttachRequest(Input: true, size),
        new ExecRequest(
            new ProcessSpec
            {
                Args = ["sh", "-c", "echo \"é\"\n"],
                Terminal = true,
                Env = ["A=1"],
                Cwd = "/srv",
                User = new UserSpec { Username = "web:www" },
                Capabilities = new CapabilitiesSpec { Effective = ["CAP_NET_ADMIN"] },
                NoNewPrivileges = true,
            },
            Detach: true,
            Input: true,
            size)
        {
            EndsWithClient = true,
        },
        new SignalRequest(15, All: true, "exec-1"),
        new StopRequest(2, 10_000),
        new PauseRequest(),
        new ResumeRequest(),
        new WaitRequest(),
        new EndRequest(),
        new ResizeRequest(size, "exec-1"),
        new AbandonMessage(Error: true),
        new StatisticsRequest(),
        new ProcessesRequest(),
        new UpdateRequest(new ResourcesSpec { Memory = new MemorySpec { Limit = 1 << 30 }, Pids = new PidsSpec { Limit = -1 }, Cpu = new CpuSpec { Quota = 1, Period = 2, Shares = 3, Cpus = "0-1" } }, RestartChange.Parse("on-failure:3")),
        new RenameRequest("web-\u00e9"),
        new PolicyRequest(new EgressRules(true, ["example.org"], ["10.0.0.0/8"])),
        new NetworkReportRequest(),
        new ReportRequest(),
        new ReportReply(new RunReport { ExitCode = 0, Vmm = "qemu", Phases = [new Phase("queue", 0, 12)] }) { BacklogInBytes = 7 },
        new ExplainRequest("example.org:443"),
        new NetworkReply(new NetworkReport
        {
            Interfaces = [new InterfaceReport("nat") { ReceivedBytes = 1, ReceivedPackets = 2, ReceivedDropped = 3, SentBytes = 4, SentPackets = 5, SentDropped = 6 }],
            Denied = [new DeniedConnection("192.0.2.1", "tcp", 80, 7)],
        }),
        new ExplainReply(IsAllowed: true, "it is"),
        new PathRequest("/etc", FollowsLink: true),
        new CopyInRequest("/srv", "name", new ArchiveOwner(1, 2) { Name = "app" }) { Replaces = true },
        new CopyOutRequest("/srv", "name", FollowsLink: true),
        new RootRequest(RootForm.Layer, Freezes: true),
        new StatisticsReply(new GuestStatistics
        {
            UptimeUs = 1,
            Cpu = new CpuStatistics { UsageUs = 2, UserUs = 3, SystemUs = 4, Processors = 5, ThrottledPeriods = 6, ThrottledUs = 7 },
            Drives = [],
            Interfaces = [],
            Init = new InitStatistics(8, 9, 10),
        }),
        new ProcessesReply(new ProcessList(
            [
                new ContainerProcess
                {
                    Pid = 1, GuestPid = 2, ParentPid = 3, UserId = 4, StartUnixNanoseconds = 5, CpuTimeMs = 6, ResidentBytes = 7,
                    State = "S", Threads = 8, Terminal = "pts/0", Command = "sh",
                },
            ],
            IsTruncated: true)),
        new PathReply(new PathStatus { Name = "etc", Mode = 1, SizeInBytes = 2, UserId = 3, GroupId = 4, ModifiedUnixNanoseconds = 5, LinkTarget = "to" }),
        new DiagnosticReply(Diagnostic.Information(DiagnosticCode.RootPacked, "packed")),
        new StartedReply(7) { ExecId = "exec-1" },
        new DoneReply { Diagnostics = [hot] },
        new FailedReply(HearthError.WrongState, "it is not running"),
        new ExitedReply(137, 9, OutOfMemory: true),
        new EndedReply(1, 2, OutOfMemory: true)
        {
            Failure = new FailedReply(HearthError.MachineFailed, "it is gone"),
            Diagnostics = [hot],
            Report = new RunReport { ExitCode = 1, Phases = [] },
        },
    ];

    public static TheoryData<string> EveryMessage =>
        [.. typeof(ControlMessage).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ControlMessage)) && !type.IsAbstract).Select(type => type.Name)];

    [Theory]
    [InlineData("", null)]
    [InlineData("/srv", "web")]
    public void A_command_that_inherits_is_read_as_it_was_written(string directory, string? user)
    {
        ExecRequest request = new(
            new ProcessSpec { Args = ["sh", "\u00e9"], Env = ["A=1"], Cwd = directory, Terminal = true, User = new UserSpec { Username = user }, Capabilities = user is null ? null : new CapabilitiesSpec { Effective = ["CAP_CHOWN"] } }, Detach: false, Input: true, size)
        {
            Inherits = true,
        };
        Assert.Equivalent(request, ControlJson.Deserialize(ControlJson.Serialize(request)), strict: true);
    }

    [Theory]
    [MemberData(nameof(EveryMessage))]
    public void Every_message_is_read_as_it_was_written(string type)
    {
        ControlMessage message = Assert.Single(samples, sample => sample.GetType().Name == type);

        byte[] json = ControlJson.Serialize(message);
        ControlMessage read = ControlJson.Deserialize(json);

        Assert.Equal(message.GetType(), read.GetType());
        Assert.Equivalent(message, read, strict: true);
        Assert.Equal(Encoding.UTF8.GetString(json), Encoding.UTF8.GetString(ControlJson.Serialize(read)));
    }

    [Fact]
    public void What_a_newer_client_says_besides_is_passed_over() =>
        Assert.Equal(new SignalRequest(15, All: false, ExecId: null), ControlJson.Deserialize("""{"signal":{"signal":15,"mood":"good"}}"""u8.ToArray()));

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"nope":{}}""")]
    [InlineData("""{"signal":{}}""")]
    [InlineData("""{"signal":{"signal":"9"}}""")]
    [InlineData("""{"exec":{"process":{"args":[1]}}}""")]
    [InlineData("""{"exec":{"process":[]}}""")]
    [InlineData("""{"exec":{"detach":true}}""")]
    [InlineData("""{"\ud800":{}}""")]
    public void What_is_no_message_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => ControlJson.Deserialize(Encoding.UTF8.GetBytes(json)));
}
