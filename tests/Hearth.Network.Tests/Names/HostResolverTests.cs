using System.Net;

namespace Hearth.Network.Tests.Names;

public sealed class HostResolverTests
{
    [Fact]
    public void The_host_asks_its_servers_and_the_guest_its_own_init()
    {
        HostResolver resolver = HostResolver.Parse(
            "# a comment\nnameserver 127.0.0.53\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n"
            + "search one.example two.example\noptions edns0 timeout:2 attempts:3 rotate trust-ad\nnonsense\n");

        Assert.Equal([IPAddress.Parse("127.0.0.53"), IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")], resolver.Servers);
        Assert.Equal((TimeSpan.FromSeconds(2), 3), (resolver.Timeout, resolver.Attempts));
        Assert.Equal("nameserver 127.0.0.11\nsearch one.example two.example\noptions edns0 trust-ad ndots:0\n", resolver.ComposeForGuest());
    }

    [Fact]
    public void The_hosts_number_of_dots_has_precedence() =>
        Assert.Equal("nameserver 127.0.0.11\noptions ndots:2\n", HostResolver.Parse("nameserver 192.0.2.1\noptions ndots:2\n").ComposeForGuest());

    [Theory]
    [InlineData("", 5, 2)]
    [InlineData("options timeout:0 attempts:0", 1, 1)]
    [InlineData("options timeout:999 attempts:999", 30, 5)]
    [InlineData("options timeout:x attempts:-1", 5, 2)]
    public void Timeouts_and_attempts_are_bounded(string text, int seconds, int attempts)
    {
        HostResolver resolver = HostResolver.Parse(text);
        Assert.Equal((TimeSpan.FromSeconds(seconds), attempts), (resolver.Timeout, resolver.Attempts));
    }
}
