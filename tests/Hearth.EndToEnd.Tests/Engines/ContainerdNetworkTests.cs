using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary><c>ctr run --cni</c>: ctr runs the plugins when the container is created, and finds its network namespace by the task's pid.</summary>
public sealed class ContainerdNetworkTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_has_the_interface_that_plugins_make_after_its_creation() => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        using OutsideHost outside = new();
        using Containerd containerd = new(sandbox, "nc", "ip", "ls");
        WriteNetwork();

        CommandResult result = RunWithCni(containerd, [], "sh", "-c", $"ls /sys/class/net; nc {OutsideHost.Address} {OutsideHost.Port} </dev/null; ip -4 route; cat /etc/hosts");

        Assert.True(result.ExitCode == 0, result.ErrorText);
        Assert.StartsWith($"eth0\nlo\n{OutsideHost.HostAddress}\ndefault via 10.77.0.1 dev eth0 \n10.77.0.0/24 dev eth0 scope link  src 10.77.0.2 \n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("\n10.77.0.2\t", result.OutputText, StringComparison.Ordinal);
        Assert.Equal("lo\n", containerd.Succeed(["run", "--rm", .. containerd.Runtime, Containerd.Image, "alone", "ls", "/sys/class/net"]));
        using RouteSocket socket = RouteSocket.Open();
        Sandbox.WaitUntil(() => Links.List(socket).All(link => link.Name is "lo" or "uplink" or "cni7"), "the end of the container's interfaces");
    });

    [Fact]
    public void A_policy_by_annotations_confines_a_container_in_the_plugins_network() => OwnNamespace.Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "0");
        using OutsideHost outside = new();
        using Containerd containerd = new(sandbox, "nc", "ping");
        WriteNetwork();

        CommandResult result = RunWithCni(containerd, ["--annotation", "org.hearth.egress=deny", "--annotation", "org.hearth.egress.allow=host:1"], "sh", "-c",
            $"nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null || echo refused; ping -q -c 1 10.77.0.1 >/dev/null && echo pong");

        Assert.True(result.ExitCode == 0, result.ErrorText);
        Assert.Equal("refused\npong\n", result.OutputText);
    });

    private void WriteNetwork()
    {
        Directory.CreateDirectory(sandbox.PathOf("cni"));
        File.WriteAllText(sandbox.PathOf("cni/10-front.conflist"), $$"""
            { "cniVersion": "1.0.0", "name": "front", "plugins": [
              { "type": "bridge", "bridge": "cni7", "isGateway": true, "ipMasq": true,
                "ipam": { "type": "host-local", "dataDir": "{{sandbox.PathOf("addresses")}}", "ranges": [[{ "subnet": "10.77.0.0/24" }]], "routes": [{ "dst": "0.0.0.0/0" }] } } ] }
            """);
    }

    /// <summary>ctr has fixed directories for configurations and plugins, which it sees replaced.</summary>
    private CommandResult RunWithCni(Containerd containerd, string[] flags, params string[] command) => Containerd.Run("unshare",
    [
        "--mount", "sh", "-c", "mount --bind \"$0\" /etc/cni/net.d && mount -t tmpfs none /opt && mkdir /opt/cni && ln -s /usr/lib/cni /opt/cni/bin && exec ctr \"$@\"", sandbox.PathOf("cni"),
        .. containerd.Connection, "run", "--rm", "--cni", .. flags, .. containerd.Runtime, Containerd.Image, "joined", .. command,
    ]);
}
