using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>nginx as Debian has it, with a published port.</summary>
public sealed class WebServerTests(NginxRoot nginx) : IClassFixture<NginxRoot>, IDisposable
{
    private const string Greeting = "Welcome to nginx!";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Nginx_is_reached_from_outside_from_localhost_and_by_name()
    {
        // A host of the test's own has no way to a package registry.
        string tree = nginx.Tree;
        NetworkHost.Run(outside => Reach(outside, tree));
    }

    private void Reach(OutsideHost outside, string tree)
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "web", "-p", "8080:80", tree, "nginx", "-g", "daemon off;");
        Sandbox.WaitUntil(() => Curl("http://127.0.0.1:8080/").Contains(Greeting, StringComparison.Ordinal), "nginx", TimeSpan.FromSeconds(60));

        Assert.Contains(Greeting, Curl("http://[::1]:8080/"), StringComparison.Ordinal);
        Assert.Contains(Greeting, Curl($"http://{OutsideHost.HostAddress}:8080/"), StringComparison.Ordinal);
        Assert.Contains(Greeting, outside.Run(() => Curl($"http://{OutsideHost.HostAddress}:8080/")), StringComparison.Ordinal);
        Assert.Contains(Greeting, outside.Run(() => Curl($"http://[{OutsideHost.HostAddress6}]:8080/")), StringComparison.Ordinal);
        Assert.Contains(Greeting, sandbox.Hearth("run", "--rm", "--network", "nat", tree, "curl", "-sS", "http://web/"), StringComparison.Ordinal);
        Assert.Contains($"{OutsideHost.Address} - - [", sandbox.Hearth("exec", "web", "cat", "/var/log/nginx/access.log"), StringComparison.Ordinal);
        sandbox.Hearth("rm", "-f", "web");
    }

    private static string Curl(string address) => Command.Start("curl", ["-sS", "--max-time", "20", address]).Wait().OutputText;
}
