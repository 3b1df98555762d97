using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>The commands that boot nothing.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void The_version_is_a_number() =>
        Assert.Matches(@"\d+\.\d+\.\d+", sandbox.RunExpecting(0, "--version").OutputText);

    [Fact]
    public void Lists_and_inspections_have_dockers_flags()
    {
        string tree = sandbox.MakeTree("tree", ("a", "x"));
        sandbox.Hearth("create", "--name", "first", tree, "true");
        string id = sandbox.Hearth("create", "--name", "second", tree, "true");

        Assert.Equal(id[..12], sandbox.Hearth("ps", "-lq"));
        Assert.Equal("second", sandbox.Hearth("ps", "--latest", "--format", "{{.Names}}"));
        Assert.Matches(@"SIZE\n.*B \(virtual .*B\)", sandbox.Hearth("ps", "-als"));
        Assert.Matches(@"^[0-9.]+k?B \(virtual [0-9.]+k?B\)$", sandbox.Hearth("ps", "-l", "--format", "{{.Size}}"));
        Assert.DoesNotContain("SizeRw", sandbox.Hearth("inspect", "first"), StringComparison.Ordinal);
        Assert.NotEqual("0", sandbox.Hearth("inspect", "-s", "-f", "{{.SizeRw}}", "first"));

        sandbox.Hearth("network", "create", "first");
        Assert.Equal(["second", "first"], sandbox.Hearth("inspect", "-f", "{{.Name}}", "second", "first").Split('\n'));
        Assert.Equal("bridge", sandbox.Hearth("inspect", "--type", "network", "-f", "{{.Driver}}", "first"));
        Assert.Contains("there is no volume 'first'", sandbox.RunExpecting(1, "inspect", "--type", "volume", "first").ErrorText, StringComparison.Ordinal);
        Assert.Contains("there is no container 'none'", sandbox.RunExpecting(1, "inspect", "none").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("rm", "--volumes", "first", "second");
        sandbox.Hearth("network", "rm", "first");
        Assert.Contains("there are no links", sandbox.RunExpecting(125, "rm", "--link", "first").ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_have_dockers_filters_and_refuse_what_they_cannot_be()
    {
        Assert.Contains("--opt com.example.colour is ignored: Hearth does not know it", sandbox.RunExpecting(0, "network", "create", "--opt", "com.example.colour=red", "--attachable", "--label", "a=1", "front").ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot use the option com.docker.network.bridge.host_binding_ipv4=127.0.0.1: there is only '0.0.0.0'", sandbox.RunExpecting(1, "network", "create", "-o", "com.docker.network.bridge.host_binding_ipv4=127.0.0.1", "x").ErrorText, StringComparison.Ordinal);
        Assert.Contains("macvlan", sandbox.RunExpecting(125, "network", "create", "-d", "macvlan", "x").ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot use --scope swarm: there are no clusters of daemons", sandbox.RunExpecting(125, "network", "create", "--scope", "swarm", "x").ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot use --config-only=true", sandbox.RunExpecting(125, "network", "create", "--config-only", "x").ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot use --ip6 fd00::9: a container's IPv6 address follows", sandbox.RunExpecting(125, "network", "connect", "--ip6", "fd00::9", "front", "x").ErrorText, StringComparison.Ordinal);
        Assert.Equal("front", sandbox.Hearth("network", "ls", "--filter", "dangling=true", "--filter", "type=custom", "--filter", "scope=local", "--format", "{{.Name}}"));
        Assert.Equal("", sandbox.Hearth("network", "ls", "--filter", "dangling=false", "--filter", "type=custom", "--format", "{{.Name}}"));
        Assert.Equal("front", sandbox.Hearth("network", "inspect", "-v", "-f", "{{.Name}}", "front"));

        Assert.Contains("invalid filter 'name=front'", sandbox.RunExpecting(125, "network", "prune", "-f", "--filter", "name=front").ErrorText, StringComparison.Ordinal);
        Assert.Equal("", sandbox.Hearth("network", "prune", "-f", "--filter", "until=1h"));
        Assert.Equal("", sandbox.Hearth("network", "prune", "-f", "--filter", "label!=a"));
        Assert.Equal("front", sandbox.Hearth("network", "prune", "-f", "--filter", "label=a=1", "--filter", "label!=b"));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("rootfs", "plan")]
    [InlineData("rootfs", "serve")]
    [InlineData("rootfs", "dump")]
    [InlineData("kernel", "import")]
    [InlineData("kernel", "list")]
    [InlineData("doctor")]
    public void Each_command_has_help(params string[] command)
    {
        string help = sandbox.RunExpecting(0, [.. command, "--help"]).OutputText;

        Assert.Contains("Usage", help, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(command[^1], help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--timings")]
    [InlineData("--report=report.json")]
    public void A_report_is_refused_for_a_run_in_the_background(string flag) =>
        Assert.Contains("use them without --detach", sandbox.RunExpecting(125, "run", "-d", flag, "/", "true").ErrorText, StringComparison.Ordinal);

    [Fact]
    public void Kernel_list_names_the_imported_kernel_and_what_it_can_mount()
    {
        JsonElement kernels = JsonDocument.Parse(sandbox.RunExpecting(0, "kernel", "list", "--format", "json").OutputText).RootElement;

        JsonElement kernel = kernels.EnumerateArray().First();
        Assert.Contains("erofs", kernel.GetProperty("fileSystems").EnumerateArray().Select(name => name.GetString()));
    }

    [Fact]
    public void Doctor_finds_a_machine_that_runs_the_tests_in_order()
    {
        CommandResult result = sandbox.RunExpecting(0, "doctor", "--format", "json");

        JsonElement[] checks = [.. JsonDocument.Parse(result.OutputText).RootElement.EnumerateArray()];
        Assert.True(checks.Length > 5);
    }
}
