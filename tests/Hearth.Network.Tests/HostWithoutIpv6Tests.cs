namespace Hearth.Network.Tests;

/// <summary>Hosts on which IPv6 is switched off, as many guides advise.</summary>
public sealed class HostWithoutIpv6Tests
{
    [Theory]
    [InlineData("all default")]
    [InlineData("all")]
    [InlineData("default")]
    public void A_network_has_IPv6_of_its_own_where_the_hosts_is_switched_off(string switches) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        foreach (string each in switches.Split(' '))
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{each}/disable_ipv6", "1");
        }

        (Host one, NetworkAttachment first) = scene.AddGuest();
        (Host two, NetworkAttachment second) = scene.AddGuest();
        Assert.True(first.HasIpv6);
        scene.Serve(two, 80);
        Assert.Equal($"{first.Ipv6}", Scene.Ask(one, second.Ipv6, 80));
        Assert.Equal($"{first.Ipv4}", Scene.Ask(one, second.Ipv4, 80));
        Assert.Null(HostTrial.FindMissing());
    });
}
