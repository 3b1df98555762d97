using Hearth.Containers;

namespace Hearth.Remote.Tests;

/// <summary>Addresses of hosts, and what may be sent to them.</summary>
public sealed class HostAddressTests
{
    [Theory]
    [InlineData("unix:///run/hearth/docker.sock", false, "http://hearthd/")]
    [InlineData("tcp://10.0.0.4:2375", false, "http://10.0.0.4:2375/")]
    [InlineData("tcp://10.0.0.4", false, "http://10.0.0.4:2375/")]
    [InlineData("tcp://10.0.0.4", true, "https://10.0.0.4:2376/")]
    [InlineData("tcp://[::1]:99", true, "https://[::1]:99/")]
    [InlineData("http://worker.example:8080", false, "http://worker.example:8080/")]
    [InlineData("https://worker.example", false, "https://worker.example/")]
    [InlineData("https://worker.example:2376/", true, "https://worker.example:2376/")]
    public void An_address_becomes_the_beginning_of_urls(string text, bool hasTls, string expected)
    {
        HostAccess access = new(HostAddress.Parse(text)) { Authority = hasTls ? "a certificate" : null };

        Assert.Equal(expected, access.Checked().Base.ToString());
        Assert.Equal(text, access.ToString());
    }

    [Theory]
    [InlineData("ssh://root@node", "ssh -nNT -L /tmp/hearth.sock:/run/hearth/docker.sock root@node")]
    [InlineData("unix://run/sock", "must be absolute")]
    [InlineData("tcp://", "it must be unix:///PATH")]
    [InlineData("http://node:80/path", "it must be unix:///PATH")]
    [InlineData("http://user@node:80", "it must be unix:///PATH")]
    [InlineData("node:2375", "it must be unix:///PATH")]
    [InlineData("npipe:////./pipe/docker", "it must be unix:///PATH")]
    [InlineData("", "it must be unix:///PATH")]
    public void Other_texts_are_refused_with_what_to_do(string text, string expected)
    {
        HearthException refused = Assert.Throws<HearthException>(() => HostAddress.Parse(text));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcp://10.0.0.4:2375", "the token would be sent in the clear")]
    [InlineData("http://worker.example", "the token would be sent in the clear")]
    [InlineData("http://127.0.0.1:80", null)]
    [InlineData("http://[::1]:80", null)]
    [InlineData("tcp://localhost:80", null)]
    [InlineData("unix:///sock", null)]
    [InlineData("https://10.0.0.4:2376", null)]
    public void A_token_is_sent_only_where_nobody_else_reads_it(string text, string? expected)
    {
        HostAccess access = new(HostAddress.Parse(text)) { Token = "0123456789abcdef" };

        if (expected is null)
        {
            Assert.Same(access, access.Checked());
        }
        else
        {
            Assert.Contains(expected, Assert.Throws<HearthException>(access.Checked).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parts_that_do_not_go_together_are_refused_and_secrets_are_not_shown()
    {
        Assert.Contains("certificates are for TLS", Assert.Throws<HearthException>(() => (new HostAccess(HostAddress.Parse("http://127.0.0.1:1")) { Authority = "x" }).Checked()).Message, StringComparison.Ordinal);
        Assert.Contains("a key needs its certificate", Assert.Throws<HearthException>(() => (new HostAccess(HostAddress.Parse("https://a:1")) { Key = "x" }).Checked()).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<HearthException>(() => new WorkerConnection(new HostAccess(HostAddress.Parse("https://a:1")) { Certificate = "x" })).Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", $"{new HostAccess(HostAddress.Parse("https://a:1")) { Token = "secret", Key = "secret" }}", StringComparison.Ordinal);
    }
}
