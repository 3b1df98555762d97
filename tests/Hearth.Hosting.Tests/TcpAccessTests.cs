using Hearth.Containers;

namespace Hearth.Hosting.Tests;

public sealed class TcpAccessTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-hosting-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("http://127.0.0.1:2375", false, "127.0.0.1:2375")]
    [InlineData("http://[::1]:80", false, "[::1]:80")]
    [InlineData("http://127.8.9.10:1/", false, "127.8.9.10:1")]
    public void A_loopback_address_takes_a_token_in_the_clear(string url, bool isSecure, string address)
    {
        using TcpAccess access = new([url], Files(token: "0123456789abcdef"));

        Assert.Equal(address, Assert.Single(access.Endpoints).Address.ToString());
        Assert.Equal(isSecure, access.Endpoints[0].IsSecure);
        Assert.Equal("0123456789abcdef", access.Token);
    }

    [Theory]
    [InlineData("http://127.0.0.1:2375", null, "anybody on the network could start containers")]
    [InlineData("http://192.0.2.1:2375", "0123456789abcdef", "would send the token in the clear")]
    [InlineData("http://0.0.0.0:2375", "0123456789abcdef", "would send the token in the clear")]
    [InlineData("https://127.0.0.1:2376", "0123456789abcdef", "needs a certificate")]
    [InlineData("http://localhost:2375", "0123456789abcdef", "the address a number")]
    [InlineData("tcp://127.0.0.1:2375", "0123456789abcdef", "must be https://ADDRESS:PORT")]
    [InlineData("http://127.0.0.1:2375/path", "0123456789abcdef", "must be https://ADDRESS:PORT")]
    [InlineData("http://me@127.0.0.1:2375", "0123456789abcdef", "must be https://ADDRESS:PORT")]
    [InlineData("http://127.0.0.1:70000", "0123456789abcdef", "must be https://ADDRESS:PORT")]
    [InlineData("http://127.0.0.1:2375", "short", "must have 16 or more letters")]
    [InlineData("http://127.0.0.1:2375", "0123456789 abcdef", "must have 16 or more letters")]
    public void What_would_let_anybody_in_is_refused(string url, string? token, string reason)
    {
        HearthException refused = Assert.Throws<HearthException>(() => new TcpAccess([url], Files(token)));

        Assert.StartsWith("cannot listen for --listen: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_be_read_are_named()
    {
        HearthException refused = Assert.Throws<HearthException>(() => new TcpAccess([], new AccessFiles("/nowhere/cert.pem", null, null, null)));
        Assert.Contains("--tls-cert", refused.Message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/cert.pem", refused.Message, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(directory, "no.pem"), "no certificate");
        refused = Assert.Throws<HearthException>(() => new TcpAccess([], new AccessFiles(Path.Combine(directory, "no.pem"), null, null, null)));
        Assert.Contains("cannot read the certificates", refused.Message, StringComparison.Ordinal);
    }

    private AccessFiles Files(string? token)
    {
        string file = Path.Combine(directory, "token");
        File.WriteAllText(file, token + "\n");
        return new AccessFiles(null, null, null, token is null ? null : file);
    }
}
