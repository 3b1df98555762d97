using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Guest;

namespace Hearth.Keeper.Tests.Support;

/// <summary>A session, and a guest at the other end of a real socket that says what the test wants.</summary>
internal sealed class GuestEnd : IAsyncDisposable
{
    private GuestEnd(GuestSession session, GuestChannel channel)
    {
        Session = session;
        Channel = channel;
    }

    public GuestSession Session { get; }

    /// <summary>The guest's side.</summary>
    public GuestChannel Channel { get; }

    /// <summary>Opens both ends; the guest has not said anything yet, and before it has a host's words wait.</summary>
    /// <param name="quiet">Before the host asks the guest whether it is there; null for long.</param>
    /// <param name="answer">Before it gives up a guest that does not answer that; null for long.</param>
    public static async Task<GuestEnd> OpenSilentAsync(TimeSpan? quiet = null, TimeSpan? answer = null)
    {
        (Stream host, Stream guest) = await ChannelPair.ConnectAsync();
        GuestDeadline deadline = new(answer ?? TimeSpan.FromMinutes(1), MonitorPid: 0, TimeProvider.System) { Quiet = quiet ?? TimeSpan.FromMinutes(1) };
        return new GuestEnd(new GuestSession(GuestChannel.StartHost(host), deadline), GuestChannel.StartGuest(guest));
    }

    /// <summary>Opens both ends, and the guest says hello.</summary>
    public static async Task<GuestEnd> OpenAsync(int version = GuestProtocol.Version, TimeSpan? quiet = null, TimeSpan? answer = null)
    {
        GuestEnd end = await OpenSilentAsync(quiet, answer);
        await end.SayAsync(new GuestHello { ProtocolVersion = version, KernelRelease = "6.1" });
        return end;
    }

    public Task SayAsync(GuestMessage message) => Channel.SendAsync(message).InTime();

    public async Task<T> HearAsync<T>()
        where T : GuestMessage => Assert.IsType<T>(await Channel.ReceiveAsync().InTime());

    /// <summary>Asks for a process and takes the request at the other end.</summary>
    public async Task<(GuestProcess Process, StartProcess Request)> StartAsync(string id, bool terminal = false, bool takesInput = false)
    {
        GuestProcess process = await Session.StartAsync(
            new StartProcess { ProcessId = id, Arguments = ["true"], Terminal = terminal }, takesInput, CancellationToken.None).InTime();
        return (process, await HearAsync<StartProcess>());
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await Channel.DisposeAsync();
    }
}
