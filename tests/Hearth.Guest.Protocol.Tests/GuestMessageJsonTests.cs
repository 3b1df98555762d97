using System.Collections;
using System.Reflection;
using System.Text;
using CsCheck;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Tests;

public sealed class GuestMessageJsonTests
{
    /// <summary>One of each, no member at its default, with the exact JSON. A change here is a change of the protocol.</summary>
    private static readonly (GuestMessage Message, string Json)[] Golden =
    [
        (
            new ConfigureGuest
            {
                ProtocolVersion = 7,
                Hostname = "box",
                Root = new RootConfiguration
                {
                    LowerDrive = "vda", LowerFileSystem = "erofs", ReadOnly = true, UpperDrive = "vdb", UpperSizeInBytes = 1L << 40,
                },
                Mounts = [new GuestMount("/tmp", "tmpfs", "tmpfs", ["nosuid", "size=64m"])],
                UnixTimeNanoseconds = 1_700_000_000_123_456_789,
                Entropy = [0, 255, 16],
            },
            """{"type":"configure","protocolVersion":7,"hostname":"box","root":{"lowerDrive":"vda","lowerFileSystem":"erofs","readOnly":true,"upperDrive":"vdb","upperSizeInBytes":1099511627776},"mounts":[{"destination":"/tmp","fileSystem":"tmpfs","source":"tmpfs","options":["nosuid","size=64m"]}],"unixTimeNanoseconds":1700000000123456789,"entropy":"AP8Q"}"""),
        (
            new StartProcess
            {
                ProcessId = "main",
                Arguments = ["/bin/sh", "-c", "echo 'é'\n"],
                Environment = ["PATH=/bin"],
                WorkingDirectory = "/srv",
                User = "app:app",
                Terminal = true,
                WindowSize = new WindowSize(80, 24),
                StandardInputStream = 1,
                StandardOutputStream = 2,
                StandardErrorStream = uint.MaxValue,
                Capabilities = ["CAP_CHOWN"],
                NoNewPrivileges = true,
                ResourceLimits = [new ResourceLimit("RLIMIT_NOFILE", 1024, ulong.MaxValue)],
            },
            """{"type":"start","processId":"main","arguments":["/bin/sh","-c","echo \u0027\u00E9\u0027\n"],"environment":["PATH=/bin"],"workingDirectory":"/srv","user":"app:app","terminal":true,"windowSize":{"columns":80,"rows":24},"standardInputStream":1,"standardOutputStream":2,"standardErrorStream":4294967295,"capabilities":["CAP_CHOWN"],"noNewPrivileges":true,"resourceLimits":[{"type":"RLIMIT_NOFILE","soft":1024,"hard":18446744073709551615}]}"""),
        (
            new SignalProcess("main", 15, All: true),
            """{"type":"signal","processId":"main","signal":15,"all":true}"""),
        (
            new ResizeTerminal("main", new WindowSize(132, 50)),
            """{"type":"resize","processId":"main","windowSize":{"columns":132,"rows":50}}"""),
        (new ShutDownGuest(), """{"type":"shutdown"}"""),
        (
            new GuestHello { ProtocolVersion = 1, KernelRelease = "6.1.0", Phases = [new GuestPhase("modules", 1.5, 0.25)] },
            """{"type":"hello","protocolVersion":1,"kernelRelease":"6.1.0","phases":[{"name":"modules","startUs":1500,"durationUs":250}]}"""),
        (
            new GuestConfigured([new GuestPhase("root", 2, 3.125)]),
            """{"type":"configured","phases":[{"name":"root","startUs":2000,"durationUs":3125}]}"""),
        (
            new ProcessStarted("main", 42, 812.5),
            """{"type":"started","processId":"main","guestPid":42,"uptimeUs":812500}"""),
        (
            new ProcessFailed("main", StartFailure.WorkingDirectory, "chdir '/srv': no such file"),
            """{"type":"failed","processId":"main","reason":3,"message":"chdir \u0027/srv\u0027: no such file"}"""),
        (
            new ProcessExited("main", 137, 9),
            """{"type":"exited","processId":"main","exitCode":137,"signal":9}"""),
        (new GuestFailed("mount: no"), """{"type":"error","message":"mount: no"}"""),
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
    [InlineData("""{"type":"failed","processId":"p","reason":5,"message":"m"}""")]
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

    private static void AssertNothingIsDefault(object value)
    {
        foreach (PropertyInfo property in value.GetType().GetProperties().Where(static p => p.Name != "EqualityContract"))
        {
            object? member = property.GetValue(value);
            Assert.True(
                member is not (null or false or 0 or 0u or 0L or 0ul or 0.0 or "") && member is not ICollection { Count: 0 },
                $"{value.GetType().Name}.{property.Name} is at its default, so a codec that forgets it would pass.");
            object[] parts = member is IEnumerable items and not string ? [.. items.Cast<object>()] : [member];
            foreach (object part in parts.Where(static part => part is GuestMount or GuestPhase or ResourceLimit or RootConfiguration or WindowSize))
            {
                AssertNothingIsDefault(part);
            }
        }
    }
}
