using System.Net;
using System.Net.Sockets;
using System.Text;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Machines.Kernel;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>A guest's network interfaces, on real taps in a network namespace of the test's own.</summary>
public abstract class NetworkConformance<TDriver>(GuestImages images) : MachineConformance<TDriver>(images)
    where TDriver : DriverUnderTest, new()
{
    private const string FirstTap = "conformance0";
    private const string SecondTap = "conformance1";

    private static readonly IPAddress hostAddress = IPAddress.Parse("10.213.0.1");

    /// <param name="isElsewhere">Whether the taps are in another namespace than the thread that boots.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Traffic_passes_both_ways_also_after_a_pause_and_the_tap_is_free_when_the_machine_has_ended(bool isElsewhere) => OwnNamespace.Run(() =>
    {
        MakeTap(FirstTap);
        MakeTap(SecondTap);
        using (RouteSocket routes = RouteSocket.Open())
        {
            Addresses.Add(routes, new AddressInfo(Links.Find(routes, FirstTap)!.Index, hostAddress, 24));
        }

        using TcpListener listener = new(hostAddress, 0);
        listener.Start();
        Assert.False(HasCarrier(FirstTap));

        // The tap is opened in the namespace of the thread that boots, so this thread waits instead of awaiting.
        string here = $"{Directory.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName}/ns/net";
        ServingGuest guest = (isElsewhere
            ? Task.Run(() => Lab.BootAsync(plain => WithTaps(plain) with { NetworkNamespace = here }))
            : Lab.BootAsync(WithTaps)).GetAwaiter().GetResult();
        try
        {
            Assert.True(HasCarrier(FirstTap));
            Assert.True(HasCarrier(SecondTap));
            ExchangeAsync(guest, listener).GetAwaiter().GetResult();
        }
        finally
        {
            guest.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        Assert.False(HasCarrier(FirstTap));
        Assert.False(HasCarrier(SecondTap));
        TapDevices.Open(FirstTap).Dispose();
        TapDevices.Open(SecondTap).Dispose();
    });

    private static async Task ExchangeAsync(ServingGuest guest, TcpListener listener)
    {
        Assert.Equal("02:00:0a:d5:00:02", await guest.RunAsync("cat /sys/class/net/eth0/address"));
        Assert.Equal("02:00:0a:d5:00:03", await guest.RunAsync("cat /sys/class/net/eth1/address"));
        await guest.RunAsync("ifconfig eth0 10.213.0.2 netmask 255.255.255.0 up");
        await AssertExchange(guest, listener, "before");
        await guest.Machine.PauseAsync().WaitAsync(Deadlines.Guest);
        await guest.Machine.ResumeAsync().WaitAsync(Deadlines.Guest);
        await AssertExchange(guest, listener, "after");
    }

    /// <summary>The guest connects and sends a line, which comes back in the answer.</summary>
    private static async Task AssertExchange(ServingGuest guest, TcpListener listener, string words)
    {
        Task<string> received = AnswerAsync(listener);
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string answer = await guest.RunAsync($"echo {words} | nc {hostAddress} {port}");

        Assert.Equal((words, $"the host read {words}"), (await received.WaitAsync(Deadlines.Guest), answer));
    }

    private static async Task<string> AnswerAsync(TcpListener listener)
    {
        using Socket connection = await listener.AcceptSocketAsync().WaitAsync(Deadlines.Guest);
        await using NetworkStream stream = new(connection);
        using StreamReader reader = new(stream);
        string line = (await reader.ReadLineAsync().WaitAsync(Deadlines.Guest))!;
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"the host read {line}\n"));
        return line;
    }

    /// <summary>Whether a process has the tap's other end open.</summary>
    private static bool HasCarrier(string tap) => !Tool.Run("ip", "-o", "link", "show", "dev", tap).Contains("NO-CARRIER", StringComparison.Ordinal);

    private void MakeTap(string name)
    {
        Assert.True(TapDevices.TryCreate(name, Lab.Plain.Confinement?.UserId ?? 0));
        using RouteSocket socket = RouteSocket.Open();
        Links.SetUp(socket, Links.Find(socket, name)!.Index);
    }

    private MachineConfiguration WithTaps(MachineConfiguration plain) => plain with
    {
        InitramfsPath = Images.InitramfsFor(Driver, KernelFeatures.VirtioNet),
        NetworkInterfaces =
        [
            new MachineNetworkInterface("first", FirstTap, [2, 0, 0x0a, 0xd5, 0, 2]),
            new MachineNetworkInterface("second", SecondTap, [2, 0, 0x0a, 0xd5, 0, 3]),
        ],
    };
}
