using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>Policies that change while connections carry data.</summary>
public sealed class PolicyTrafficTests
{
    private const int Changes = 40;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stream_goes_on_through_all_policies_that_allow_it_and_ends_with_the_first_that_does_not(bool isIpv6) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        EgressPolicy?[] policies =
        [
            EgressPolicy.Parse(false, ["192.0.2.0/24:80", "[2001:db8::/32]:80"], []),
            EgressPolicy.Parse(true, [], ["10.0.0.0/8", "192.0.2.9:81", "[2001:db8::9]:81"]),
            EgressPolicy.Parse(false, ["example.org"], []),
            null,
            EgressPolicy.Parse(false, ["192.0.2.9", "2001:db8::9", "example.net:443"], ["bad.example"]),
        ];
        Admission byName = new([Scene.OutsideAddress, Scene.OutsideAddress6], [EgressEntry.Parse("example.org")], [], TimeSpan.FromHours(1));
        using Stream stream = new(Scene.Connect(one, isIpv6 ? Scene.OutsideAddress6 : Scene.OutsideAddress, 80));
        uint generation = 0;
        for (int change = 0; change < Changes; change++)
        {
            EgressPolicy? policy = policies[change % policies.Length];
            generation = scene.Network.SetPolicy(guest, policy, generation, policy is { HasNames: true } && change % policies.Length == 2 ? [byName] : []);
            generation = policy is null ? 0 : generation;
            stream.AssertGoesOn($"change {change}");
        }

        generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, [], ["192.0.2.9:80", "[2001:db8::9]:80"]), generation, []);
        stream.AssertEnds();
        scene.Network.SetPolicy(guest, null, generation, []);
    });

    /// <summary>With br_netfilter, the kernel does not translate a reset back, so the client of a published port learns of the end only by its own timeout.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_policy_cuts_connections_to_other_guests_and_to_the_host_and_no_others(bool filtersBridges) => OwnHost.Run(() =>
    {
        Scene.FilterBridges(filtersBridges);
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest(new AttachRequest(0) { Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)] });
        (Host two, NetworkAttachment other) = scene.AddGuest(new AttachRequest(9)
        {
            Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8090, 80)],
            RelayedPorts = [new PublishedPort(TransportProtocol.Tcp, null, 8081, 80)],
        });
        scene.Serve(scene.Outside, 80);
        scene.Serve(one, 80);
        scene.Serve(two, 80);
        scene.Serve(null, 90);
        scene.Serve(null, 8081);
        uint generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, ["host:90"], []), 0, []);
        (string What, Stream Stream)[] cut =
        [
            ("a guest", Open(one, other.Ipv4, 80)), ("a guest, IPv6", Open(one, other.Ipv6, 80)), ("the host", Open(one, guest.Ipv4Gateway, 90)), ("the host, IPv6", Open(one, guest.Ipv6Gateway, 90)),
            ("a relayed port", Open(one, guest.Ipv4Gateway, 8081)), ("a published port", Open(one, Scene.HostAddress, 8090)),
        ];
        (string What, Stream Stream)[] kept =
        [
            ("outside", Open(one, Scene.OutsideAddress, 80)), ("from outside", Open(scene.Outside, Scene.HostAddress, 8080)), ("from a guest", Open(two, guest.Ipv4, 80)), ("another guest's", Open(two, Scene.OutsideAddress, 80)),
        ];
        Assert.All([.. cut, .. kept], each => each.Stream.AssertGoesOn(each.What));

        generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, ["192.0.2.9:80"], []), generation, []);
        Assert.All(kept, each => each.Stream.AssertGoesOn(each.What));
        Assert.All(cut, each => each.Stream.AssertEnds(filtersBridges && each.What == "a published port" ? "TimedOut" : "ConnectionReset"));
        Array.ForEach([.. cut, .. kept], each => each.Stream.Dispose());

        static Stream Open(Host where, IPAddress address, int port) => new(Scene.Connect(where, address, port));
    });

    /// <summary>A keeper may be killed when it has prepared a policy and nothing leads to it yet.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_policy_that_was_only_prepared_goes_with_its_guest(bool hasAnother) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        NetworkAttachment other = scene.Network.Attach(new AttachRequest(9), _ => { }, _ => { });
        NetworkAttachment guest = scene.Network.Attach(new AttachRequest(0), _ => { }, _ => { });
        EgressPolicy policy = EgressPolicy.Parse(false, ["192.0.2.0/24:80", "2001:db8::/32", "host"], ["10.0.0.0/8"]);
        uint generation = hasAnother ? scene.Network.SetPolicy(guest, policy, 0, []) : 6;
        using NfTables tables = NfTables.TryOpen()!;
        Assert.Null(tables.Try(new PolicyRules(scene.Network.Definition, guest.Guest).Prepare(policy, generation + 1)));

        // The next try of the same keeper, and then the next command.
        generation = scene.Network.SetPolicy(guest, policy, hasAnother ? generation : 0, []);
        Assert.Null(tables.Try(new PolicyRules(scene.Network.Definition, guest.Guest).Prepare(policy, generation + 1)));
        scene.Network.Release(guest.TapName);
        string rules = tables.TryList($"list table inet {Scene.Bridge}")!;
        Assert.DoesNotContain(guest.TapName.Replace('-', '_'), rules, StringComparison.Ordinal);
        Assert.DoesNotContain($"\"{guest.Ipv4}\"", rules, StringComparison.Ordinal);
        scene.Network.Release(other.TapName);
    });

    /// <summary>Sends blocks to a server that echoes them, one after the other, and compares.</summary>
    private sealed class Stream : IDisposable
    {
        private const int BlockBytes = 1000;
        private const int MostGreetingBytes = 100;
        private static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

        private readonly Socket socket;
        private readonly Thread thread;
        private readonly SemaphoreSlim rounds = new(0);
        private readonly TaskCompletionSource<string> end = new();

        public Stream(Socket socket)
        {
            this.socket = socket;
            socket.NoDelay = true;
            thread = new Thread(Run) { IsBackground = true };
            thread.Start();
        }

        /// <summary>Waits for whole rounds that begin after the call.</summary>
        public void AssertGoesOn(string when)
        {
            while (rounds.Wait(0))
            {
                // What has passed before does not count.
            }

            for (int round = 0; round < 3; round++)
            {
                Task<bool> passed = rounds.WaitAsync(patience);
                Task.WaitAny(end.Task, passed);
                Assert.True(!end.Task.IsCompleted && passed.Result, $"{when}: {(end.Task.IsCompleted ? end.Task.Result : "nothing passes")}");
            }
        }

        public void AssertEnds(string how = "ConnectionReset") => Assert.Equal(how, end.Task.Wait(patience) ? end.Task.Result : "it goes on");

        public void Dispose()
        {
            socket.Dispose();
            thread.Join();
            rounds.Dispose();
        }

        private void Run()
        {
            try
            {
                // The server's greeting is the client's address.
                byte[] received = new byte[MostGreetingBytes];
                socket.Receive(received);
                byte[] block = new byte[BlockBytes];
                received = new byte[BlockBytes];
                while (true)
                {
                    Random.Shared.NextBytes(block);
                    socket.Send(block);
                    for (int count = 0; count < BlockBytes;)
                    {
                        int more = socket.Receive(received.AsSpan(count));
                        if (more == 0)
                        {
                            end.SetResult("the end");
                            return;
                        }

                        count += more;
                    }

                    if (!received.AsSpan().SequenceEqual(block))
                    {
                        end.SetResult("other bytes");
                        return;
                    }

                    rounds.Release();
                }
            }
            catch (SocketException failure)
            {
                end.SetResult(failure.SocketErrorCode.ToString());
            }
            catch (ObjectDisposedException)
            {
                end.SetResult("closed");
            }
        }
    }
}
