using Hearth.EndToEnd.Tests.Engines;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>
/// A host for the package: a machine with systemd, which Hearth itself boots from this host's root. Debian's programs are those of
/// this host; of its services none is started. Everything that happens in it stays in its writable layer.
/// </summary>
internal sealed class PackagedHost : IDisposable
{
    /// <summary>Its address in a network with one machine outside.</summary>
    public const string Address = "192.0.2.1";

    /// <summary>Before a command that the machine outside runs.</summary>
    public const string Outside = "ip netns exec outside";

    /// <summary>What the image's server answers.</summary>
    public const string Page = "hello from a guest";

    /// <summary>Sets what docker's client asks.</summary>
    public const string Client = "DOCKER_HOST=unix:///run/hearth/docker.sock";

    private const string Machine = "machine";

    /// <summary>Some programs of this host may be other ones than Debian's.</summary>
    private const string SearchPath = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>An ordinary host's kernel and udev load these by themselves. The emulated processor has AMD's virtualisation.</summary>
    private const string Modules = "kvm_amd tun bridge veth nft_meta_bridge nft_ct nft_limit nft_objref nft_reject_inet nft_fib_inet nft_chain_nat nft_nat nft_masq";

    private const string Preparation = $"""
        set -e
        modprobe -a {Modules}
        [ -e /dev/kvm ] || mknod /dev/kvm c 10 232
        ip link set lo up
        ip netns add outside
        ip link add eth9 type veth peer name eth0 netns outside
        ip addr add {Address}/24 dev eth9
        ip link set eth9 up
        ip -n outside addr add 192.0.2.2/24 dev eth0
        ip -n outside link set eth0 up
        """;

    private readonly Sandbox sandbox = new();

    public PackagedHost()
    {
        string packages = Build("");
        string tree = BusyboxTree.Make(sandbox);
        Directory.CreateDirectory(Path.Combine(tree, "www"));
        File.WriteAllText(Path.Combine(tree, "www/index.html"), Page + "\n");
        ContainerImage.Write(tree, "nginx:latest", Path.Combine(packages, "image.tar"), "busybox", "httpd", "-f", "-p", "80", "-h", "/www");
        Build("+next");
    }

    /// <summary>The version of the packages: of the first one; the second one's has <c>+next</c> behind it.</summary>
    public static string Version { get; } = File.ReadAllText(Path.Combine(Programs.Repository, "Directory.Build.props")).Split("<Version>")[1].Split('<')[0];

    /// <summary>Boots it and waits for systemd. Its /packages has both packages and image.tar: an image called nginx with a web server at port 80.</summary>
    public void Boot()
    {
        string release = sandbox.Hearth("kernel", "list", "--quiet").Split('\n')[0];
        sandbox.Hearth(
            "run", "-d", "--name", Machine, "--memory", "4g", "--cpus", "2", "--network", "none", "--tmpfs", "/run", "--tmpfs", "/tmp",
            "-v", $"{sandbox.PathOf("artifacts/packages")}:/packages:ro", "-v", $"{KernelModules.Find(release)}:/lib/modules/{release}:ro",
            "/", "/bin/sh", "-c", "rm -rf /etc/systemd/system/*.wants /var/lib/hearth /run/hearth; exec /lib/systemd/systemd");
        Sandbox.WaitUntil(() => In("systemctl is-system-running").OutputText.Trim() is "running" or "degraded", "systemd in the guest", TimeSpan.FromMinutes(3));
        Do(Preparation);
    }

    /// <summary>Runs a script of a shell in it.</summary>
    public CommandResult In(string script) => sandbox.Run("exec", "-e", SearchPath, "-w", "/root", Machine, "sh", "-c", script);

    /// <summary>The same, which must succeed.</summary>
    /// <returns>Its output without the spaces around it.</returns>
    public string Do(string script)
    {
        CommandResult result = In(script);
        Assert.True(result.ExitCode == 0, result.ExitCode == 0 ? "" : $"'{script}' ended with {result.ExitCode}.\nstdout: {result.OutputText}\nstderr: {result.ErrorText}\n{In("hearth ps -a; journalctl -n 60 --no-pager").OutputText}");
        return result.OutputText.Trim();
    }

    /// <summary>Waits until a script in it prints this.</summary>
    public void Await(string output, string script, TimeSpan? deadline = null) =>
        Sandbox.WaitUntil(() => In(script).OutputText.Trim() == output, $"'{output}' of '{script}'", deadline);

    /// <summary>What a container takes of a host: interfaces, tables of rules, forwarding, mounts, control groups and processes.</summary>
    public string Traces() => Do("""
        ip -o link | cut -d: -f2
        nft list tables
        cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding
        grep -c hearth /proc/self/mounts || true
        find /sys/fs/cgroup -path '*hearth*' ! -path '*/system.slice/*'
        pgrep -c '^hearth-' || true
        """);

    public void Dispose()
    {
        try
        {
            sandbox.Run("rm", "-f", Machine);
        }
        finally
        {
            sandbox.Dispose();
        }
    }

    /// <returns>The directory that has the packages.</returns>
    private string Build(string suffix)
    {
        string artifacts = sandbox.PathOf("artifacts");
        if (!Directory.Exists(artifacts))
        {
            Directory.CreateDirectory(artifacts);
            foreach (string name in (string[])["bin", "share"])
            {
                File.CreateSymbolicLink(Path.Combine(artifacts, name), Path.Combine(Programs.Artifacts, name));
            }
        }

        Command.Tool("env", $"HEARTH_ARTIFACTS={artifacts}", $"HEARTH_VERSION_SUFFIX={suffix}", Path.Combine(Programs.Repository, "tools/pack"), "debian");
        return Path.Combine(artifacts, "packages");
    }
}
