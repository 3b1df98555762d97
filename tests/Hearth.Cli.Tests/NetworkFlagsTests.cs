using Hearth.Cli.CommandLine;
using Hearth.Cli.Commands;
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
    [InlineData("bridge", "", "the variable HEARTH_NETWORK is 'bridge': use auto, nat, none")]
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

    private static NetworkOptions Read(string? variable, string words)
    {
        NetworkFlags flags = new();
        Command command = new Command("test", "").WithFlags("Network", flags.All);
        ParsedLine line = new LineParser(command).Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return flags.Read(line, name => name == ContainerDescription.NetworkVariable ? variable : null);
    }
}
