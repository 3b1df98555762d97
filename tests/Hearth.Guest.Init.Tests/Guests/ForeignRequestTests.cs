using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Messages that no host of ours sends: each is refused, and the guest goes on.</summary>
public sealed class ForeignRequestTests(SharedGuest shared) : IClassFixture<SharedGuest>, IAsyncLifetime
{
    private TestGuest Guest => shared.Guest;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>After each, an ordinary process runs as if nothing had been.</summary>
    public async ValueTask DisposeAsync() => Assert.Equal("well", await Guest.ShellAsync("echo well"));

    [Fact]
    public async Task A_message_of_the_guests_own_is_not_understood()
    {
        await Guest.SendAsync(new ProcessExited("p0", 0, 0));

        Assert.Contains("does not understand ProcessExited", await Guest.NextFailureAsync());
    }

    [Fact]
    public async Task A_second_configuration_is_refused()
    {
        await Guest.SendAsync(new ConfigureGuest { Hostname = "again", Root = TestGuest.WritableRoot });

        Assert.Contains("configured already", await Guest.NextFailureAsync());
    }

    [Fact]
    public async Task Signals_and_sizes_for_nobody_are_dropped_and_impossible_ones_told()
    {
        await Guest.SendAsync(new SignalProcess("nobody", 15));
        await Guest.SendAsync(new SignalProcess("nobody", 15, All: true));
        await Guest.SendAsync(new ResizeTerminal("nobody", new WindowSize(1, 1)));
        TestProcess process = await Guest.StartAsync(["sleep", "1000"]);
        await process.Started.InTime();
        await Guest.SendAsync(new ResizeTerminal(process.Id, new WindowSize(1, 1)));

        Assert.Contains("kill", (await Guest.RefusalAsync(new SignalProcess(process.Id, 12345))).Message);
        await Guest.SendAsync(new SignalProcess(process.Id, 9));
        Assert.Equal(9, (await process.ReadToEndAsync().InTime()).Signal);
        await Guest.SendAsync(new SignalProcess(process.Id, 15));
    }

    [Fact]
    public async Task A_process_of_an_id_that_runs_is_refused()
    {
        TestProcess process = await Guest.StartAsync(["sleep", "1000"]);
        await process.Started.InTime();

        await Guest.SendAsync(new StartProcess { ProcessId = process.Id, Arguments = ["true"] });

        Assert.Contains("already running", (await Guest.NextRefusalAsync()).Message);
        await Guest.SendAsync(new SignalProcess(process.Id, 9));
        Assert.Equal(9, (await process.ReadToEndAsync().InTime()).Signal);
    }

    [Fact]
    public async Task A_process_with_streams_that_cannot_be_its_own_is_refused()
    {
        TestProcess taken = await Guest.StartAsync(["cat"]);
        await taken.Started.InTime();
        GuestDataStream wrong = Guest.Channel.OpenStream(StreamDirection.HostToGuest);
        (string Words, StartProcess Request)[] cases =
        [
            ("not open", new StartProcess { ProcessId = "foreign", Arguments = ["true"], StandardOutputStream = 999_999 }),
            ("accepted before", new StartProcess { ProcessId = "taken", Arguments = ["true"], StandardInputStream = taken.Input.Id }),
            ("does not carry", new StartProcess { ProcessId = "wrong", Arguments = ["echo", "x"], StandardOutputStream = wrong.Id }),
        ];
        foreach ((string words, StartProcess request) in cases)
        {
            await Guest.SendAsync(request);
            ProcessFailed refusal = await Guest.NextRefusalAsync();
            Assert.Equal(request.ProcessId, refusal.ProcessId);
            Assert.Contains(words, refusal.Message);
        }

        await taken.WriteInputAsync("still there"u8.ToArray());
        Assert.Equal("still there", (await taken.ReadToEndAsync().InTime()).OutputText);
    }
}
