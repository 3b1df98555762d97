using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Hosts that lack what a network needs, what is said of changes, and what a set-up costs in processes.</summary>
public sealed class NetworkObstacleTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_host_without_libnftables_runs_containers_without_a_network() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);

        CommandResult automatic = RunWith("/dev/null", "run", "--rm", "--network", "auto", tree, "ls", "/sys/class/net");
        CommandResult required = RunWith("/dev/null", "run", "--rm", "--network", "nat", tree, "true");

        Assert.Equal((0, "lo\n"), (automatic.ExitCode, automatic.OutputText));
        Assert.Equal("hearth: warning: the container has no network: libnftables is missing; install the package libnftables1; --network none says that it needs none\n", automatic.ErrorText);
        Assert.Equal((125, "hearth: cannot attach a machine to the network 'nat': libnftables is missing; install the package libnftables1\n"), (required.ExitCode, required.ErrorText));
    });

    [Fact]
    public void A_kernel_without_an_expression_is_named_with_the_modules_that_it_needs() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        string library = sandbox.PathOf("libnftables.so");
        Command.Tool("clang", "-shared", "-fPIC", "-o", library, Path.Combine(AppContext.BaseDirectory, "Support/nftables.c"));

        CommandResult automatic = RunWith(library, "run", "--rm", "--network", "auto", tree, "ls", "/sys/class/net");
        CommandResult required = RunWith(library, "run", "--rm", "--network", "nat", tree, "true");

        Assert.Equal((0, "lo\n"), (automatic.ExitCode, automatic.OutputText));
        Assert.StartsWith("hearth: warning: the container has no network: cannot add the rules of 'hearth-", automatic.ErrorText, StringComparison.Ordinal);
        Assert.Single(automatic.ErrorText.TrimEnd().Split('\n'));
        Assert.Equal(125, required.ExitCode);
        Assert.Contains("No such file or directory; the kernel lacks a part of nftables: load nft_chain_nat, ", required.ErrorText, StringComparison.Ordinal);
    });

    [Fact]
    public void A_kernel_that_forgets_no_connections_is_reported_by_doctor_and_has_networks() => NetworkHost.Run(_ =>
    {
        string library = sandbox.PathOf("ctnetlink.so");
        Command.Tool("clang", "-shared", "-fPIC", "-o", library, Path.Combine(AppContext.BaseDirectory, "Support/ctnetlink.c"));
        Assert.Equal("Met", NeedOf("network").State);

        sandbox.Set("LD_PRELOAD", library);
        Assert.Equal(
            ("Limited", "the kernel does not forget connections, so a container that gets the address of an earlier one may get its connections too", "load the kernel module nf_conntrack_netlink, or use a kernel that has it"),
            NeedOf("network"));
    });

    /// <summary>As in a container without privileges over the network.</summary>
    [Theory]
    [InlineData("mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec \"$@\"", "it is mounted read-only; start the container that hearth runs in with --sysctl net.ipv4.ip_forward=1 --sysctl net.ipv6.conf.all.forwarding=1")]
    [InlineData("exec setpriv --bounding-set=-net_admin --inh-caps=-net_admin \"$@\"", "Operation not permitted (EPERM); it needs CAP_NET_ADMIN, in a container --cap-add NET_ADMIN")]
    public void A_host_that_refuses_changes_of_its_network_runs_containers_without_one(string script, string words) => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);

        CommandResult automatic = RunIn(script, "run", "--rm", "--network", "auto", tree, "ls", "/sys/class/net");
        CommandResult required = RunIn(script, "run", "--rm", "--network", "nat", tree, "true");

        Assert.Equal((0, "lo\n"), (automatic.ExitCode, automatic.OutputText));
        Assert.StartsWith("hearth: warning: the container has no network: cannot attach a machine to the network 'nat': ", automatic.ErrorText, StringComparison.Ordinal);
        Assert.Contains(words, Assert.Single(automatic.ErrorText.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(125, required.ExitCode);
        Assert.Contains(words, Assert.Single(required.ErrorText.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
        Assert.Equal("", Command.Tool("nft", "list", "ruleset"));
    });

    [Fact]
    public void Doctor_says_what_to_do_where_a_mode_lacks_something() => NetworkHost.Run(_ =>
    {
        string plugins = sandbox.PathOf("plugins");
        sandbox.Set("HEARTH_CNI_PLUGINS", plugins);
        Assert.Equal(("Limited", $"--network cni:NAME will not work: there are no plugins in {plugins}", "install the package containernetworking-plugins"), NeedOf("CNI"));
        Assert.Equal(("Limited", "passt is missing: --network host-forward will not work", "install the package passt"), NeedIn(RunIn("mount --bind /dev/null $(command -v passt) && exec \"$@\"", "doctor", "--format", "json"), "forwarding"));
        Assert.Equal(
            ("Limited", "--network nat will not work: /dev/net/tun does not exist; load the kernel module tun, or give the container the device", "do what it says, or run containers with --network none"),
            NeedIn(RunIn("mount -t tmpfs none /dev/net && exec \"$@\"", "doctor", "--format", "json"), "network"));
    });

    [Fact]
    public void A_host_whose_IPv6_is_switched_off_has_networks_with_IPv6() => NetworkHost.Run(_ =>
    {
        foreach (string each in (string[])["all", "default"])
        {
            File.WriteAllText($"/proc/sys/net/ipv6/conf/{each}/disable_ipv6", "1");
        }

        CommandResult result = sandbox.RunExpecting(0, "run", "--rm", "--network", "nat", NetworkHost.MakeTree(sandbox), "busybox", "ip", "-6", "route");
        Assert.Contains("default via fd", result.OutputText, StringComparison.Ordinal);
    });

    [Fact]
    public void The_switches_that_a_network_changes_are_announced() => NetworkHost.Run(_ =>
    {
        const string accept = "/proc/sys/net/ipv6/conf/uplink/accept_ra";
        File.WriteAllText(accept, "1");

        CommandResult result = sandbox.RunExpecting(0, "run", "--network", "nat", NetworkHost.MakeTree(sandbox), "true");

        Assert.Equal(
            $"set {accept} to 2 and /proc/sys/net/ipv4/ip_forward to 1 and /proc/sys/net/ipv6/conf/all/forwarding to 1 for the network; the end of its last container restores it\n",
            result.ErrorText);
        Assert.Equal("1", File.ReadAllText(accept).Trim());
    });

    [Fact]
    public void A_network_is_set_up_and_removed_without_another_process() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);

        string[] with = Executed("--network", "nat", "-p", "18080:80", "--egress", "deny", "--allow", "192.0.2.0/24");

        Assert.Equal(Executed("--network", "none"), with);

        string[] Executed(params string[] flags)
        {
            string trace = sandbox.PathOf("trace");
            using Command traced = sandbox.StartProgram("strace", ["-f", "-qq", "--seccomp-bpf", "-o", trace, "-e", "trace=execve", Programs.Hearth, "run", "--rm", .. flags, tree, "true"]);
            traced.CloseInput();
            Assert.Equal(0, traced.Wait().ExitCode);
            return [.. File.ReadLines(trace).Where(line => line.Contains("execve(\"", StringComparison.Ordinal)).Select(line => line.Split('"')[1]).Order(StringComparer.Ordinal)];
        }
    });

    /// <summary>What doctor says of a need of the host.</summary>
    private (string State, string Finding, string Advice) NeedOf(string name) => NeedIn(sandbox.Run("doctor", "--format", "json"), name);

    private static (string State, string Finding, string Advice) NeedIn(CommandResult result, string name)
    {
        JsonElement need = JsonDocument.Parse(result.OutputText).RootElement.EnumerateArray().Single(each => each.GetProperty("name").GetString() == name);
        return (need.GetProperty("state").GetString()!, need.GetProperty("finding").GetString()!, need.TryGetProperty("advice", out JsonElement advice) ? advice.GetString() ?? "" : "");
    }

    /// <summary>Runs hearth in a mount namespace of its own, as a script's arguments.</summary>
    private CommandResult RunIn(string script, params string[] arguments)
    {
        using Command command = sandbox.StartProgram("unshare", ["--mount", "sh", "-c", script, "sh", Programs.Hearth, .. arguments]);
        command.CloseInput();
        return command.Wait();
    }

    /// <summary>Runs hearth where another file has the place of libnftables.</summary>
    private CommandResult RunWith(string library, params string[] arguments)
    {
        const string script = """
            for each in /usr/lib/*/libnftables.so.1 /usr/lib/libnftables.so.1; do test ! -e "$each" || mount --bind "$0" "$each" || exit; done
            exec "$@"
            """;
        using Command command = sandbox.StartProgram("unshare", ["--mount", "sh", "-c", script, library, Programs.Hearth, .. arguments]);
        command.CloseInput();
        return command.Wait();
    }
}
