using System.Net;
using Hearth.Worker.Page;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Tests.Page;

/// <summary>Which requests of browsers are answered.</summary>
public sealed class BrowserGuardTests
{
    [Theory]
    [InlineData("POST", "/containers/x/stop", "127.0.0.1:2375", "", "")]
    [InlineData("POST", "/containers/x/stop", "[::1]:2375", "http://[::1]:2375", "same-origin")]
    [InlineData("GET", "/ui/", "localhost:2375", "", "none")]
    [InlineData("GET", "/ui/", "localhost:2375", "", "cross-site", "document")]
    [InlineData("DELETE", "/containers/x", "worker.example:2376", "http://worker.example:2376", "same-origin")]
    [InlineData("POST", "/containers/x/stop", "worker.example", "http://worker.example", "")]
    public void Programs_and_own_pages_are_answered(string method, string path, string host, string origin, string site, string destination = "") =>
        Check(method, path, host, origin, site, destination);

    [Theory]
    [InlineData("GET", "/containers/json", "evil.example:2375", "", "")]
    [InlineData("GET", "/containers/json", "localhost.evil.example", "", "")]
    [InlineData("POST", "/containers/create", "localhost:2375", "http://evil.example", "cross-site")]
    [InlineData("POST", "/containers/create", "localhost:2375", "null", "")]
    [InlineData("POST", "/containers/create", "localhost:2375", "http://localhost:8080", "same-site")]
    [InlineData("GET", "/containers/json", "localhost:2375", "", "cross-site")]
    [InlineData("GET", "/containers/json", "localhost:2375", "", "same-site")]
    [InlineData("GET", "/hearth/v1/exec/x/ws", "127.0.0.1:2375", "http://evil.example", "")]
    [InlineData("GET", "/ui/terminal.html", "localhost:2375", "", "cross-site", "iframe")]
    public void Pages_of_others_are_refused(string method, string path, string host, string origin, string site, string destination = "") =>
        Assert.Equal(StatusCodes.Status403Forbidden, Assert.Throws<ApiException>(() => Check(method, path, host, origin, site, destination)).Status);

    [Fact]
    public void Clients_of_a_Unix_socket_may_send_any_host() => Check("GET", "/containers/json", "docker", "", "", "", address: null);

    [Fact]
    public void With_TLS_the_certificate_vouches_for_the_name()
    {
        Check("GET", "/containers/json", "hearth-worker.default.svc:2376", "", "", "", IPAddress.Any, "https");
        Assert.Throws<ApiException>(() => Check("POST", "/containers/create", "hearth-worker:2376", "https://evil.example", "cross-site", "", IPAddress.Any, "https"));
    }

    private static void Check(string method, string path, string host, string origin, string site, string destination) => Check(method, path, host, origin, site, destination, IPAddress.Loopback);

    private static void Check(string method, string path, string host, string origin, string site, string destination, IPAddress? address, string scheme = "http")
    {
        DefaultHttpContext context = new() { Connection = { LocalIpAddress = address }, Request = { Method = method, Path = path, Scheme = scheme, Host = new HostString(host) } };
        foreach ((string name, string value) in new[] { ("Origin", origin), ("Sec-Fetch-Site", site), ("Sec-Fetch-Dest", destination) }.Where(header => header.Item2.Length > 0))
        {
            context.Request.Headers[name] = value;
        }

        new BrowserGuard(["worker.example"]).Check(context);
    }
}
