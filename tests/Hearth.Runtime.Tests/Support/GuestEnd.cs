using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Runtime.Guest;

namespace Hearth.Runtime.Tests.Support;

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
    public static async Task<GuestEnd> OpenSilentAsync()
    {
        (Stream host, Stream guest) = await ChannelPair.ConnectAsync();
        return new GuestEnd(new GuestSession(GuestChannel.StartHost(host)), GuestChannel.StartGuest(guest));
    }

    /// <summary>Opens both ends, and the guest says hello.</summary>
    public static async Task<GuestEnd> OpenAsync(int version = GuestProtocol.Version)
    {
        GuestEnd end = await OpenSilentAsync();
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
