using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>
/// Names of the outside, asked of a name server of the test's own by the resolvers of glibc and of musl. musl before 1.2.4 asks by UDP
/// only, and uses what of a long answer fits.
/// </summary>
public sealed class NameResolutionTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("clang", true)]
    [InlineData("musl-gcc", false)]
    public void The_c_librarys_resolver_gets_what_the_server_says(string compiler, bool asksByTcp) => NetworkHost.Run(_ =>
    {
        using NameServerOutside server = new();
        string tree = MakeTree(compiler);
        CommandResult result = sandbox.RunExpecting(0, "run", "--network", "nat", "--dns", NameServerOutside.Address, "--dns-search", "corp.example", tree, "resolve",
            "plain.example", "four.example", "six.example", "chain.example", "liar.example", "gone.example", "broken.example", "intranet", "large.example", "huge.example", "--flood", "plain.example");

        string[] lines = result.OutputText.TrimEnd('\n').Split('\n');
        Assert.Equal(["192.0.2.9", "2001:db8::9", "plain.example"], lines[0].Split(' ').Order(StringComparer.Ordinal));
        Assert.Equal(
            ["four.example 192.0.2.9", "six.example 2001:db8::9", "chain.example 192.0.2.9", "liar.example 192.0.2.9", "gone.example none", "broken.example again", "intranet 192.0.2.9"],
            lines[1..8]);
        Assert.InRange(lines[8].Split(' ').Length - 1, asksByTcp ? NameServerOutside.LargeCount : 25, NameServerOutside.LargeCount);
        Assert.InRange(lines[9].Split(' ').Length - 1, asksByTcp ? NameServerOutside.HugeCount : 25, NameServerOutside.HugeCount);
        Assert.Equal("flooded", lines[10]);
        Assert.Equal(lines[0].Split(' ').Order(StringComparer.Ordinal), lines[11].Split(' ').Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Servers_that_cannot_be_reached_are_a_failure_and_files_are_as_given() => NetworkHost.Run(_ =>
    {
        string tree = MakeTree("clang");
        CommandResult result = sandbox.RunExpecting(0, "run", "--network", "nat", "--dns", "127.0.0.2", "--dns-search", ".", "--dns-option", "ndots:2", "--dns-opt", "timeout:1", tree, "sh", "-c", "cat /etc/resolv.conf; resolve plain.example");

        Assert.Contains("\noptions ndots:2 timeout:1\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("nameserver 127.0.0.11\n", result.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("search", result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("plain.example again\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("'dns.example' is not an IP address", sandbox.RunExpecting(125, "run", "--network", "nat", "--dns", "dns.example", tree, "true").ErrorText, StringComparison.Ordinal);
    });

    /// <summary>A root with the program, linked statically with the compiler's C library.</summary>
    private string MakeTree(string compiler)
    {
        string tree = BusyboxTree.Make(sandbox);
        Command.Tool(compiler, "-static", "-O1", "-o", Path.Combine(tree, "bin/resolve"), Path.Combine(AppContext.BaseDirectory, "Support/resolve.c"));
        return tree;
    }
}
