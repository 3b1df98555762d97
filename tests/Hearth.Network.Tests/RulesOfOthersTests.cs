using System.Diagnostics;
using System.Text.RegularExpressions;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>Networks beside the rules that docker and firewalld create. Each set of rules has the same chains, hooks and verdicts as theirs.</summary>
public sealed partial class RulesOfOthersTests
{
    /// <summary>docker 20.10, by iptables-nft.</summary>
    private const string Docker = """
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT ACCEPT [0:0]
        :DOCKER - [0:0]
        :DOCKER-ISOLATION-STAGE-1 - [0:0]
        :DOCKER-ISOLATION-STAGE-2 - [0:0]
        :DOCKER-USER - [0:0]
        -A FORWARD -j DOCKER-USER
        -A FORWARD -j DOCKER-ISOLATION-STAGE-1
        -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A FORWARD -o docker0 -j DOCKER
        -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        -A FORWARD -i docker0 -o docker0 -j ACCEPT
        -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
        -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
        -A DOCKER-ISOLATION-STAGE-1 -j RETURN
        -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
        -A DOCKER-ISOLATION-STAGE-2 -j RETURN
        -A DOCKER-USER -j RETURN
        COMMIT
        *nat
        :PREROUTING ACCEPT [0:0]
        :INPUT ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :POSTROUTING ACCEPT [0:0]
        :DOCKER - [0:0]
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
        -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
        -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        -A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE
        -A DOCKER -i docker0 -j RETURN
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8099 -j DNAT --to-destination 172.17.0.2:80
        COMMIT

        """;

    /// <summary>firewalld 1.3 with the zones public (the default one, which has the host's uplink) and trusted.</summary>
    private const string Firewalld = """
        table inet firewalld {
            chain filter_PREROUTING {
                type filter hook prerouting priority filter + 10; policy accept;
                icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
                meta nfproto ipv6 fib saddr . mark . iif oif missing drop
            }
            chain nat_PREROUTING {
                type nat hook prerouting priority dstnat + 10; policy accept;
            }
            chain nat_POSTROUTING {
                type nat hook postrouting priority srcnat + 10; policy accept;
            }
            chain filter_INPUT {
                type filter hook input priority filter + 10; policy accept;
                ct state { established, related } accept
                ct status dnat accept
                iifname "lo" accept
                jump filter_INPUT_ZONES
                ct state { invalid } drop
                reject with icmpx admin-prohibited
            }
            chain filter_FORWARD {
                type filter hook forward priority filter + 10; policy accept;
                ct state { established, related } accept
                ct status dnat accept
                iifname "lo" accept
                ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24 } reject with icmpv6 addr-unreachable
                jump filter_FORWARD_ZONES
                ct state { invalid } drop
                reject with icmpx admin-prohibited
            }
            chain filter_OUTPUT {
                type filter hook output priority filter + 10; policy accept;
                ct state { established, related } accept
                oifname "lo" accept
            }
            chain filter_INPUT_ZONES {
                iifname "uplink" goto filter_IN_public
                goto filter_IN_public
            }
            chain filter_FORWARD_ZONES {
                iifname "uplink" goto filter_FWD_public
                goto filter_FWD_public
            }
            chain filter_IN_public {
                tcp dport 22 accept
                meta l4proto { icmp, ipv6-icmp } accept
            }
            chain filter_FWD_public {
                oifname "uplink" iifname "uplink" accept
            }
            chain filter_FWD_trusted {
                accept
            }
        }

        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Beside_docker_forwarding_is_reported_and_works_with_the_documented_remedy(bool isDockerFirst) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        if (isDockerFirst)
        {
            Restore(Docker);
        }

        Served served = Serve(scene);
        if (!isDockerFirst)
        {
            Restore(Docker);
        }

        string theirs = TheirRules();
        Assert.Equal(
            "the nftables chain 'ip filter FORWARD' drops forwarded packets by default; if containers of 'testbridge' cannot reach the outside, accept packets from and to the interface 'testbridge' there",
            scene.Network.FindForwardDrop());
        Assert.Equal("TimedOut", Scene.Ask(served.Guest, Scene.OutsideAddress, 80));

        Tool("iptables-nft", "-I", "DOCKER-USER", "-i", Scene.Bridge, "-j", "ACCEPT");
        Tool("iptables-nft", "-I", "DOCKER-USER", "-o", Scene.Bridge, "-j", "ACCEPT");
        Assert.Null(scene.Network.FindForwardDrop());
        AssertWorks(scene, served);

        Tool("iptables-nft", "-D", "DOCKER-USER", "-i", Scene.Bridge, "-j", "ACCEPT");
        Tool("iptables-nft", "-D", "DOCKER-USER", "-o", Scene.Bridge, "-j", "ACCEPT");
        Assert.Equal(theirs, TheirRules());
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Beside_firewalld_forwarding_is_reported_and_works_with_the_documented_remedy(bool isFirewalldFirst) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        if (isFirewalldFirst)
        {
            Load(Firewalld);
        }

        Served served = Serve(scene);
        if (!isFirewalldFirst)
        {
            Load(Firewalld);
        }

        string theirs = TheirRules();
        Assert.Equal(
            "the nftables chain 'inet firewalld filter_FORWARD' drops forwarded packets by default; if containers of 'testbridge' cannot reach the outside, accept packets from and to the interface 'testbridge' there",
            scene.Network.FindForwardDrop());
        Assert.NotEqual(Scene.HostAddress.ToString(), Scene.Ask(served.Guest, Scene.OutsideAddress, 80));

        // Published ports work without it.
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));

        // firewall-cmd --zone=trusted --add-interface=testbridge
        Load($"insert rule inet firewalld filter_FORWARD_ZONES iifname \"{Scene.Bridge}\" goto filter_FWD_trusted\n");
        Assert.Null(scene.Network.FindForwardDrop());
        AssertWorks(scene, served);

        Load(Firewalld.Replace("table inet firewalld {", "table inet firewalld\ndelete table inet firewalld\ntable inet firewalld {", StringComparison.Ordinal));
        Assert.Equal(theirs, TheirRules());
        foreach (NetworkAttachment at in served.Places)
        {
            scene.Network.Release(at.TapName);
        }

        Assert.Equal(theirs, Counts().Replace(Tool("nft", "list", "ruleset"), "").Trim());
    });

    [Fact]
    public void Chains_of_others_that_accept_are_no_reason_for_a_warning() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        Load("""
            table inet other {
                chain forward {
                    type filter hook forward priority filter; policy accept;
                    tcp dport 25 drop
                }
            }
            table ip empty {
                chain forward {
                    type filter hook forward priority filter; policy accept;
                }
            }

            """);
        Served served = Serve(scene);
        Assert.Null(scene.Network.FindForwardDrop());
        AssertWorks(scene, served);
    });

    private sealed record Served(Host Guest, IReadOnlyList<NetworkAttachment> Places);

    private static Served Serve(Scene scene)
    {
        (Host guest, NetworkAttachment at) = scene.AddGuest(new AttachRequest(9) { Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)] });
        (Host other, NetworkAttachment second) = scene.AddGuest();
        scene.Serve(guest, 80);
        scene.Serve(other, 80);
        scene.Serve(scene.Outside, 80);
        return new Served(guest, [at, second]);
    }

    private static void AssertWorks(Scene scene, Served served)
    {
        Assert.Equal("192.0.2.1", Scene.Ask(served.Guest, Scene.OutsideAddress, 80));
        Assert.Equal("2001:db8::1", Scene.Ask(served.Guest, Scene.OutsideAddress6, 80));
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));
        Assert.Equal($"{served.Places[0].Ipv4}", Scene.Ask(served.Guest, served.Places[1].Ipv4, 80));
        Assert.Equal("172.29.0.1", Scene.Ask(null, served.Places[0].Ipv4, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(served.Guest, Scene.HostAddress, 80));
    }

    private static void Restore(string rules) => Run("iptables-nft-restore", [], rules);

    private static void Load(string rules) => Run("nft", ["-f", "-"], rules);

    private static string Tool(string program, params string[] arguments) => Run(program, arguments, "");

    /// <summary>Runs a program in this thread's network namespace.</summary>
    private static string Run(string program, string[] arguments, string input)
    {
        ProcessStartInfo info = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(info)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
        return output;
    }

    /// <summary>The tables that are not ours, as nft lists them.</summary>
    private static string TheirRules() => string.Join('\n', Tool("nft", "list", "tables").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(table => !table.Contains(Scene.Bridge, StringComparison.Ordinal))
        .Select(table => Counts().Replace(Tool("nft", ["list", .. table.Split(' ')]), "").Trim()));

    [GeneratedRegex("counter packets \\d+ bytes \\d+|^# Warning.*\\n", RegexOptions.Multiline)]
    private static partial Regex Counts();

    /// <summary>podman turns forwarding on when a container starts, and not again while it runs.</summary>
    [Fact]
    public void Forwarding_stays_on_while_a_bridge_of_others_has_containers() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        NetworkAttachment guest = scene.Network.Attach(new AttachRequest(0), _ => { }, _ => { });
        using RouteSocket socket = RouteSocket.Open();
        Links.TryCreateBridge(socket, "podman0", [2, 1, 1, 1, 1, 1]);
        int bridge = Links.Find(socket, "podman0")!.Index;
        Links.SetUp(socket, bridge);
        Links.CreatePair(socket, "veth0", "veth1");
        Links.SetMaster(socket, Links.Find(socket, "veth0")!.Index, bridge);
        scene.Network.Release(guest.TapName);
        Assert.Equal("1", File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim());

        // Without containers, the bridge needs nothing. What was on already is left on.
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        guest = scene.Network.Attach(new AttachRequest(0), _ => { }, _ => { });
        Links.Delete(socket, Links.Find(socket, "veth0")!.Index);
        scene.Network.Release(guest.TapName);
        Assert.Equal("0", File.ReadAllText("/proc/sys/net/ipv4/ip_forward").Trim());
    });
}
