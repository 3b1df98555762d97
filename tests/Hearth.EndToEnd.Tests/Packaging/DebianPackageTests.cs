using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>The Debian package in a machine with systemd, which Hearth itself boots from this host's root.</summary>
public sealed class DebianPackageTests : IDisposable
{
    /// <summary>The guest has systemd as its first process; everything that the package changes stays in its writable layer.</summary>
    private const string Machine = "machine";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    /// <summary>Minutes; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void It_is_installed_started_upgraded_and_removed_without_a_trace()
    {
        string packages = Build("") + "/packages";
        Build("+next");
        sandbox.Hearth(
            "run", "-d", "--name", Machine, "--memory", "3g", "--cpus", "2", "--network", "none", "--tmpfs", "/run", "--tmpfs", "/tmp", "-v", $"{packages}:/packages:ro", "/", "/lib/systemd/systemd");
        Sandbox.WaitUntil(() => In("systemctl is-system-running").OutputText.Trim() is "running" or "degraded", "systemd in the guest", TimeSpan.FromMinutes(3));

        // The host may have been used.
        Do("rm -rf /var/lib/hearth /run/hearth && dpkg -i /packages/hearth_*[0-9]_amd64.deb");
        const string Units = "hearthd.service hearthd.socket hearth-containers.service";
        Assert.Equal("active active active enabled enabled enabled", Do($"echo $(systemctl is-active {Units}; systemctl is-enabled {Units})"));
        Assert.Equal("660 root hearth", Do("stat -c '%a %U %G' /run/hearth/docker.sock"));
        Assert.Equal("linux", Do("DOCKER_HOST=unix:///run/hearth/docker.sock docker version -f '{{.Server.Os}}'"));

        // A keeper is a process of the service's group; here it waits for its guest.
        Do("mkdir -p /tmp/tree/bin && cp /bin/busybox /tmp/tree/bin/sh && hearth create --name inner --network none /tmp/tree /bin/sh -c true");
        Do("curl -s --unix-socket /run/hearth/docker.sock -X POST http://hearthd/containers/inner/start >/dev/null 2>&1 &");
        Sandbox.WaitUntil(() => In("pgrep -f '[h]earth keeper'").ExitCode == 0, "a keeper in the guest", TimeSpan.FromMinutes(1));
        string keeper = Do("pgrep -f '[h]earth keeper'"), daemon = Do("systemctl show hearthd -p MainPID --value");

        Do("dpkg -i /packages/hearth_*+next_amd64.deb");
        Assert.EndsWith("+next", Do("dpkg-query -W -f '${Version}' hearth"), StringComparison.Ordinal);
        Assert.Equal(keeper, Do("pgrep -f '[h]earth keeper'"));
        Assert.NotEqual(daemon, Do("systemctl show hearthd -p MainPID --value"));
        Assert.Equal("inner", Do("DOCKER_HOST=unix:///run/hearth/docker.sock docker ps -a --format '{{.Names}}'"));

        // What an administrator has disabled stays disabled, and what runs goes on.
        Do("systemctl disable --quiet hearthd.service");
        Do("dpkg --force-confold -i /packages/hearth_*+next_amd64.deb");
        Assert.Equal("disabled active", Do("echo $(systemctl is-enabled hearthd.service; systemctl is-active hearthd.service)"));
        Assert.Equal(keeper, Do("pgrep -f '[h]earth keeper'"));
        Assert.Equal("-500 0", Do("echo $(cat /proc/$(systemctl show hearthd -p MainPID --value)/oom_score_adj /proc/$(pgrep -o qemu-system)/oom_score_adj)"));

        // A daemon that hangs gives no signs of life, and is replaced.
        Assert.Equal("30s", Do("systemctl show hearthd -p WatchdogUSec --value"));
        Do("kill -STOP $(systemctl show hearthd -p MainPID --value)");
        Sandbox.WaitUntil(() => In("systemctl show hearthd -p NRestarts --value").OutputText.Trim() == "1", "the end of the daemon that hangs", TimeSpan.FromMinutes(3));
        Sandbox.WaitUntil(() => In("DOCKER_HOST=unix:///run/hearth/docker.sock docker version").ExitCode == 0, "the next daemon", TimeSpan.FromMinutes(1));
        Assert.Equal(keeper, Do("pgrep -f '[h]earth keeper'"));

        // As at the host's shutdown.
        Do("systemctl stop hearthd.socket hearthd.service hearth-containers.service");
        Assert.NotEqual(0, In("pgrep -f '[h]earth keeper'").ExitCode);
        Do("hearth rm -f inner");
        Do("dpkg -P hearth");
        Assert.Equal("", Do("ls -d /run/hearth /var/lib/hearth /etc/default/hearthd /usr/share/hearth /usr/bin/hearth /lib/systemd/system/hearth* /etc/systemd/system/*.wants/hearth* 2>/dev/null; getent group hearth; true"));
        Assert.Equal("inactive", In("systemctl is-active hearthd.service").OutputText.Trim());
        sandbox.Hearth("rm", "-f", Machine);
    }

    /// <returns>The directory of artifacts that has the packages.</returns>
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
        return artifacts;
    }

    private CommandResult In(string script) => sandbox.Run("exec", Machine, "sh", "-c", script);

    private string Do(string script)
    {
        CommandResult result = In(script);
        Assert.True(result.ExitCode == 0, result.ExitCode == 0 ? "" : $"'{script}' ended with {result.ExitCode}.\nstdout: {result.OutputText}\nstderr: {result.ErrorText}\n{In("hearth ps -a; journalctl -n 60 --no-pager").OutputText}");
        return result.OutputText.Trim();
    }
}
