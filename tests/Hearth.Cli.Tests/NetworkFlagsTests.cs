using Hearth.Cli.Commands;
using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Tests;

/// <summary>The flags for the network, and the variable that is their default.</summary>
public sealed class NetworkFlagsTests
{
    [Theory]
    [InlineData(null, "", NetworkMode.Auto)]
    [InlineData("", "", NetworkMode.Auto)]
    [InlineData("auto", "", NetworkMode.Auto)]
    [InlineData("nat", "", NetworkMode.Nat)]
    [InlineData("none", "", NetworkMode.None)]
    [InlineData("none", "--network auto", NetworkMode.Auto)]
    [InlineData("nat", "--network none", NetworkMode.None)]
    public void The_flag_precedes_the_variable_which_precedes_auto(string? variable, string flags, NetworkMode expected) =>
        Assert.Equal(expected, Read(variable, flags).Mode);

    [Theory]
    [InlineData("a b", "", "the variable HEARTH_NETWORK is 'a b': it must be auto, nat, none, host-forward")]
    [InlineData(null, "--network netns:", "invalid argument \"netns:\" for \"--network\" flag: must be")]
    [InlineData(null, "--network host", "invalid argument \"host\" for \"--network\" flag: cannot be host")]
    [InlineData(null, "--network front --network none", "invalid argument \"none\" for \"--network\" flag: must be the only one if it is none")]
    [InlineData(null, "--network front --network front:ip=10.0.0.2", "invalid argument \"front:ip=10.0.0.2\" for \"--network\" flag: must name each network once")]
    [InlineData(null, "--network front:size=2", "invalid argument \"front:size=2\" for \"--network\" flag: has the option 'size=2'")]
    [InlineData(null, "-p 0", "invalid argument \"0\" for \"-p, --publish\" flag: cannot be '0'")]
    [InlineData(null, "-p 80:90:", "invalid argument \"80:90:\"")]
    [InlineData(null, "-p x:80:90", "invalid argument \"x:80:90\"")]
    [InlineData(null, "-p 80/sctp", "invalid argument \"80/sctp\"")]
    [InlineData(null, "-p 65536:80", "invalid argument \"65536:80\"")]
    [InlineData(null, "-p 10.1:80:80", "invalid argument \"10.1:80:80\"")]
    [InlineData(null, "-p 010.0.0.1:80:80", "invalid argument \"010.0.0.1:80:80\"")]
    [InlineData(null, "-p 0-10:80", "invalid argument \"0-10:80\"")]
    [InlineData(null, "--network container:web", "invalid argument \"container:web\" for \"--network\" flag: cannot be container:web: a container's machine has a kernel of its own")]
    [InlineData(null, "-p 9-8:1-2", "invalid argument \"9-8:1-2\"")]
    [InlineData(null, "-p 8000-8002:80-81", "invalid argument \"8000-8002:80-81\" for \"-p, --publish\" flag: has 3 ports of the host and 2 of the container")]
    [InlineData(null, "-p 80:81 -p 80:82", "port 80/tcp of the host is published twice")]
    [InlineData("none", "-p 80:81", "a container with --network none has no")]
    [InlineData("none", "--subnet 10.5.0.0/24", "a container with --network none has no")]
    [InlineData("none", "--egress deny", "a container with --network none has no")]
    [InlineData(null, "--network-burst 1k", "--network-burst needs a --network-rate")]
    [InlineData(null, "--add-host db", "invalid host 'db'")]
    public void What_cannot_be_is_refused(string? variable, string flags, string words) =>
        Assert.StartsWith(words, Assert.Throws<UsageException>(() => Read(variable, flags)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("db:172.29.0.9", "db", "172.29.0.9")]
    [InlineData("db=fd00::9", "db", "fd00::9")]
    [InlineData("db:[fd00::9]", "db", "fd00::9")]
    [InlineData("db:host-gateway", "db", "host-gateway")]
    public void Hosts_have_dockers_forms(string text, string name, string address) =>
        Assert.Equal([new HostEntry(name, address)], Read(null, $"--add-host {text}").Hosts);

    [Theory]
    [InlineData("--network netns:/run/netns/a", NetworkMode.Namespace, "/run/netns/a", "")]
    [InlineData("--network cni:mine", NetworkMode.Cni, "mine", "")]
    [InlineData("--network host-forward", NetworkMode.HostForward, null, "")]
    [InlineData("--network bridge", NetworkMode.Nat, null, "nat")]
    [InlineData("--network front:ip=10.0.0.2,mac=02:00:00:00:00:01,alias=web --network back --network-alias all", NetworkMode.Nat, null, "front 10.0.0.2 02:00:00:00:00:01 web all; back all")]
    [InlineData("--ip 172.29.0.9 --mac-address 02:00:00:00:00:02", NetworkMode.Auto, null, "nat 172.29.0.9 02:00:00:00:00:02")]
    public void Networks_have_podmans_forms(string flags, NetworkMode mode, string? target, string places)
    {
        NetworkOptions options = Read(null, flags);

        Assert.Equal((mode, target), (options.Mode, options.Target));
        Assert.Equal(places, string.Join("; ", options.Networks.Select(place =>
            string.Join(' ', ((string?[])[place.Network, place.Address, place.HardwareAddress, .. place.Aliases]).OfType<string>()))));
    }

    [Fact]
    public void Directories_of_cni_come_from_the_environment()
    {
        NetworkFlags flags = new();
        ParsedLine line = new LineParser(new Command("test", "").WithFlags("Network", flags.All)).Parse(["--network", "cni:front"]);

        NetworkOptions options = flags.Read(line, name => name switch { "HEARTH_CNI_CONFIG" => "/own", "HEARTH_CNI_PLUGINS" => "/a:/b", _ => null });

        Assert.Equal("/own", options.CniConfigurations);
        Assert.Equal(["/a", "/b"], options.CniPlugins);
        Assert.Null(Read(null, "--network cni:front").CniConfigurations);
        Assert.Empty(Read(null, "--network cni:front").CniPlugins);
    }

    [Theory]
    [InlineData("-p 80", ":0:80/tcp")]
    [InlineData("-p 8080:80", ":8080:80/tcp")]
    [InlineData("-p 8080:80/udp", ":8080:80/udp")]
    [InlineData("-p 127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp")]
    [InlineData("-p 127.0.0.1::80", "127.0.0.1:0:80/tcp")]
    [InlineData("-p [::1]:8080:80", "::1:8080:80/tcp")]
    [InlineData("-p [::1]::80/TCP", "::1:0:80/tcp")]
    [InlineData("-p 8000-8001:80-81", ":8000:80/tcp :8001:81/tcp")]
    [InlineData("-p 80-81", ":0:80/tcp :0:81/tcp")]
    [InlineData("-p 80:80/tcp -p 80:80/udp", ":80:80/tcp :80:80/udp")]
    public void Ports_have_dockers_forms(string flags, string expected) =>
        Assert.Equal(expected, string.Join(' ', Read(null, flags).Ports.Select(port => $"{port.HostAddress}:{port.HostPort}:{port.ContainerPort}/{port.Protocol}")));

    [Fact]
    public void Exposed_ports_can_be_ranges() => Assert.Equal(["80/tcp", "90/udp", "91/udp"], Read(null, "--expose 80 --expose 90-91/udp").ExposedPorts);

    [Theory]
    [InlineData(null, "", null)]
    [InlineData("", "", null)]
    [InlineData("10.5.0.0/24", "", "10.5.0.0/24")]
    [InlineData("10.5.0.0/24", "--subnet 10.6.0.0/24", "10.6.0.0/24")]
    [InlineData("10.5.0.0/24", "--network none", "10.5.0.0/24")]
    public void The_subnet_has_a_variable_of_its_own(string? variable, string flags, string? expected) =>
        Assert.Equal(expected, Read(null, flags, variable).Subnet);

    private static NetworkOptions Read(string? variable, string words, string? subnet = null)
    {
        NetworkFlags flags = new();
        Command command = new Command("test", "").WithFlags("Network", flags.All);
        ParsedLine line = new LineParser(command).Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return flags.Read(line, name => name == ContainerDescription.NetworkVariable ? variable : name == ContainerDescription.SubnetVariable ? subnet : null);
    }
}
