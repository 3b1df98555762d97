using System.Globalization;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Hearth.Linux.Tests.Network;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>podman's own networks (netavark, and aardvark-dns for names), on a host in a network namespace of the test's own.</summary>
public sealed class PodmanNetworkTests : IDisposable
{
    private const int Port = 18080;

    private readonly Sandbox sandbox = new();
    private readonly Podman podman;
    private readonly string root;

    public PodmanNetworkTests()
    {
        podman = new Podman(sandbox);
        root = EngineWrapper.MakeRoot(sandbox);
        foreach (string name in (string[])["ip", "nc", "wget", "httpd", "ls", "mkdir"])
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", name), "busybox");
        }

        Directory.CreateDirectory(Path.Combine(root, "www"));
        File.WriteAllText(Path.Combine(root, "www/page"), NetworkHost.Page);
    }

    [Fact]
    public void Containers_reach_the_outside_and_each_other_by_name_and_are_reached_by_published_ports() => OnHost(() =>
    {
        podman.Succeed("network", "create", "front");
        podman.Succeed("network", "create", "--ipv6", "back");
        podman.Succeed(["run", "-d", "--name", "web", .. podman.Limits, "--network", "front", "-p", $"{Port}:80", "--rootfs", root, "httpd", "-f", "-p", "80", "-h", "/www"]);

        string client = podman.Succeed(["run", "--rm", .. podman.Limits, "--network", "front,back", "--rootfs", root, "sh", "-c",
            $"wget -qO- http://web/page; nc {OutsideHost.Address} {OutsideHost.Port} </dev/null; ls /sys/class/net; ip -6 addr; cat /etc/hosts"]);

        Assert.StartsWith($"kindling\n{OutsideHost.HostAddress}\neth0\neth1\nlo\n", client, StringComparison.Ordinal);

        // podman's order of networks changes from run to run, so either interface can be that of "back".
        Assert.Contains("inet6 fd", client, StringComparison.Ordinal);
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", Port));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port));
        Assert.StartsWith("10.89.", podman.Succeed("inspect", "--format", "{{.NetworkSettings.Networks.front.IPAddress}}", "web"), StringComparison.Ordinal);

        podman.Succeed("restart", "-t", "0", "web");
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", Port));
        podman.Succeed("rm", "-f", "-t", "0", "web");
        podman.Succeed("network", "rm", "front", "back");
    });

    /// <summary>A policy by annotations: aardvark-dns resolves allowed names, the published port works, and everything else is closed.</summary>
    [Fact]
    public void A_policy_by_annotations_confines_a_container_in_podmans_network() => OnHost(() =>
    {
        podman.Succeed("network", "create", "front");
        podman.Succeed(["run", "-d", "--name", "web", .. podman.Limits, "--network", "front", "--rootfs", root, "httpd", "-f", "-p", "80", "-h", "/www"]);
        podman.Succeed(["run", "-d", "--name", "other", .. podman.Limits, "--network", "front", "--rootfs", root, "httpd", "-f", "-p", "80", "-h", "/www"]);
        podman.Succeed(
            ["run", "-d", "--name", "box", .. podman.Limits, "--network", "front", "-p", $"{Port}:80", "--annotation", "org.hearth.egress=deny", "--annotation", "org.hearth.egress.allow=web:80 *.dns.podman:81", "--rootfs", root, "httpd", "-f", "-p", "80", "-h", "/www"]);
        string other = podman.Succeed("inspect", "--format", "{{.NetworkSettings.Networks.front.IPAddress}}", "other").Trim();

        Assert.Equal(NetworkHost.Page, podman.Succeed("exec", "box", "wget", "-qO-", "http://web/page"));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", Port));
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port));
        Assert.Equal("refused\nrefused\nrefused\n", podman.Succeed("exec", "box", "sh", "-c",
            $"wget -qO- http://other/page || echo refused; wget -qO- http://{other}/page || echo refused; nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null || echo refused"));

        podman.Succeed("rm", "-f", "-t", "0", "box", "web", "other");
        podman.Succeed("network", "rm", "front");
    });

    /// <summary>podman's bridge and rules beside those of Hearth's own network; whichever comes or goes first. <c>./dev soak</c> runs the shorter order.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false, Explicit = true)]
    public void Podmans_network_and_Hearths_own_work_beside_each_other(bool hearthFirst) => OnHost(() =>
    {
        Action[] starts =
        [
            () => podman.Succeed(["run", "-d", "--name", "web", .. podman.Limits, "--network", "podman", "-p", $"{Port}:80", "--rootfs", root, "httpd", "-f", "-p", "80", "-h", "/www"]),
            () => sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", "-p", $"{Port + 1}:80", root, "httpd", "-f", "-p", "80", "-h", "/www"),
        ];
        Array.ForEach(hearthFirst ? [starts[1], starts[0]] : starts, start => start());
        AssertPodmansWorks();
        AssertHearthsWorks();

        if (hearthFirst)
        {
            sandbox.Hearth("rm", "-f", "box");
            AssertPodmansWorks();
            sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", "-p", $"{Port + 1}:80", root, "httpd", "-f", "-p", "80", "-h", "/www");
            AssertHearthsWorks();
        }

        podman.Succeed("rm", "-f", "-t", "0", "web");
        AssertHearthsWorks();
        sandbox.Hearth("rm", "-f", "box");
        Assert.Equal(["lo", "uplink"], NetworkHost.Links().Where(link => link != "podman0"));

        void AssertPodmansWorks()
        {
            Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port));
            Assert.Equal($"{OutsideHost.HostAddress}\n", podman.Succeed("exec", "web", "sh", "-c", $"nc {OutsideHost.Address} {OutsideHost.Port} </dev/null"));
        }

        void AssertHearthsWorks()
        {
            Assert.Equal(NetworkHost.Page, NetworkHost.Fetch(OutsideHost.HostAddress, Port + 1));
            Assert.Equal(OutsideHost.HostAddress, sandbox.Hearth("exec", "box", "sh", "-c", $"nc {OutsideHost.Address} {OutsideHost.Port} </dev/null"));
        }
    });

    [Fact]
    public void A_container_without_a_network_has_loopback_only() => OnHost(() =>
        Assert.Equal("lo\n", podman.Succeed(["run", "--rm", .. podman.Limits, "--network", "none", "--rootfs", root, "ls", "/sys/class/net"])));

    [Fact]
    public void A_second_machine_in_a_containers_network_is_refused() => OnHost(() =>
    {
        podman.Succeed(["run", "-d", "--name", "web", .. podman.Limits, "--network", "podman", "--rootfs", root, "sleep", "1000"]);

        CommandResult second = podman.Run(["run", "--rm", .. podman.Limits, "--network", "container:web", "--rootfs", root, "true"]);

        Assert.NotEqual(0, second.ExitCode);
        Assert.Contains("so another machine has its interfaces", second.ErrorText, StringComparison.Ordinal);
        podman.Succeed("rm", "-f", "-t", "0", "web");
    });

    [Fact]
    public void Podman_removes_a_container_whose_keeper_was_killed() => OnHost(() =>
    {
        podman.Succeed("network", "create", "front");
        podman.Succeed(["run", "-d", "--name", "web", .. podman.Limits, "--network", "front", "-p", $"{Port}:80", "--rootfs", root, "sleep", "1000"]);
        Signals.Send(int.Parse(podman.Succeed("inspect", "--format", "{{.State.Pid}}", "web"), CultureInfo.InvariantCulture), SignalNumber.Kill);
        Sandbox.WaitUntil(() => podman.Succeed("inspect", "--format", "{{.State.Status}}", "web") == "exited\n", "podman learns of the end");

        podman.Succeed("rm", "web");
        podman.Succeed("network", "rm", "front");

        using RouteSocket socket = RouteSocket.Open();
        Assert.Equal(["lo", "uplink"], Links.List(socket).Select(link => link.Name));
    });

    public void Dispose()
    {
        try
        {
            EngineWrapper.RemoveGroups(sandbox);
        }
        finally
        {
            sandbox.Dispose();
        }
    }

    private void OnHost(Action test) => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "0");
        using OutsideHost outside = new();
        try
        {
            test();
            Assert.Empty(sandbox.ContainerFiles());
        }
        finally
        {
            // For a test that failed; in the test's own namespace, since podman removes rules and interfaces.
            podman.Run("rm", "-a", "-f", "-t", "0");
            podman.Run("network", "prune", "-f");
        }
    });
}
