using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>The Debian package on a host of its own: installed, used by docker's client, upgraded and removed.</summary>
public sealed class DebianPackageTests : IDisposable
{
    private const string Units = "hearthd.service hearthd.socket hearth-containers.service";
    private const string FindKeepers = "pgrep -f '[h]earth keeper'";
    private const string MainProcess = "systemctl show hearthd -p MainPID --value";

    /// <summary>A guest in a guest boots in tens of seconds.</summary>
    private static readonly TimeSpan boot = TimeSpan.FromMinutes(3);

    private readonly PackagedHost host = new();

    public void Dispose() => host.Dispose();

    /// <summary>Minutes; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void It_is_installed_started_upgraded_and_removed_without_a_trace()
    {
        host.Boot();
        string before = host.Traces();
        host.Do("dpkg -i /packages/hearth_*[0-9]_amd64.deb");
        Assert.Equal("active active active enabled enabled enabled", host.Do($"echo $(systemctl is-active {Units}; systemctl is-enabled {Units})"));
        Assert.Equal("660 root hearth", host.Do("stat -c '%a %U %G' /run/hearth/docker.sock"));
        Assert.Equal("linux", Docker("version -f '{{.Server.Os}}'"));

        string installed = host.Traces();
        RunWeb();
        Docker("rm -f web");
        Assert.Equal(installed, host.Traces());

        RunWeb();
        string keepers = StartInner(), daemon = host.Do(MainProcess);
        host.Do("dpkg -i /packages/hearth_*+next_amd64.deb");
        Assert.EndsWith("+next", host.Do("dpkg-query -W -f '${Version}' hearth"), StringComparison.Ordinal);
        Assert.Equal(keepers, host.Do(FindKeepers));
        Assert.NotEqual(daemon, host.Do(MainProcess));
        Assert.Equal("inner\nweb", Docker("ps -a --format '{{.Names}}'"));
        AssertWebAnswers();

        // What an administrator has disabled stays disabled, and what runs goes on.
        host.Do("systemctl disable --quiet hearthd.service");
        host.Do("dpkg --force-confold -i /packages/hearth_*+next_amd64.deb");
        Assert.Equal("disabled active", host.Do("echo $(systemctl is-enabled hearthd.service; systemctl is-active hearthd.service)"));
        Assert.Equal(keepers, host.Do(FindKeepers));
        Assert.Equal("-500 0", host.Do($"echo $(cat /proc/$({MainProcess})/oom_score_adj /proc/$(pgrep -o hearth-vm)/oom_score_adj)"));

        HangAndComeBack(keepers);

        // As at the host's shutdown.
        host.Do("systemctl stop hearthd.socket hearthd.service hearth-containers.service");
        Assert.NotEqual(0, host.In(FindKeepers).ExitCode);
        Assert.Equal(installed, host.Traces());

        // A removal stops what runs.
        host.Do("hearth rm -f inner && systemctl start hearthd.socket hearthd.service");
        Docker("start web");
        host.Await(PackagedHost.Page, "curl -s http://localhost:8080/ || true", boot);
        host.Do("dpkg -P hearth");
        Assert.Equal("", host.Do("ls -d /run/hearth /var/lib/hearth /etc/default/hearthd /usr/share/hearth /usr/bin/hearth /lib/systemd/system/hearth* /etc/systemd/system/*.wants/hearth* 2>/dev/null; getent group hearth; true"));
        Assert.Equal("inactive", host.In("systemctl is-active hearthd.service").OutputText.Trim());
        Assert.Equal(before, host.Traces());
    }

    /// <summary>A web server by docker's client, which answers everybody who may ask.</summary>
    private void RunWeb()
    {
        Docker("load -i /packages/image.tar");
        Docker("run -d --name web -p 8080:80 nginx");
        host.Await(PackagedHost.Page, "curl -s http://localhost:8080/ || true", boot);
        AssertWebAnswers();
    }

    private void AssertWebAnswers()
    {
        Assert.Equal("0.0.0.0:8080->80/tcp, :::8080->80/tcp", Docker("ps -f name=web --format '{{.Ports}}'"));
        Assert.Equal(PackagedHost.Page, host.Do("curl -sS http://localhost:8080/"));
        Assert.Equal(PackagedHost.Page, host.Do($"curl -sS http://{PackagedHost.Address}:8080/"));
        Assert.Equal(PackagedHost.Page, host.Do($"{PackagedHost.Outside} curl -sS http://{PackagedHost.Address}:8080/"));
    }

    /// <summary>Begins a start, whose keeper waits for its guest.</summary>
    /// <returns>All keepers.</returns>
    private string StartInner()
    {
        string web = host.Do(FindKeepers);
        host.Do("mkdir -p /tmp/tree/bin && cp /bin/busybox /tmp/tree/bin/sh && hearth create --name inner --network none /tmp/tree /bin/sh -c 'while true; do sleep 100; done'");
        host.Do("curl -s --unix-socket /run/hearth/docker.sock -X POST http://hearthd/containers/inner/start >/dev/null 2>&1 &");
        Sandbox.WaitUntil(() => host.Do(FindKeepers) != web, "a second keeper", TimeSpan.FromMinutes(1));
        return host.Do(FindKeepers);
    }

    /// <summary>A daemon that hangs gives no signs of life, and is replaced.</summary>
    private void HangAndComeBack(string keepers)
    {
        Assert.Equal("30s", host.Do("systemctl show hearthd -p WatchdogUSec --value"));
        host.Do($"kill -STOP $({MainProcess})");
        host.Await("1", "systemctl show hearthd -p NRestarts --value", TimeSpan.FromMinutes(3));
        Sandbox.WaitUntil(() => host.In($"{PackagedHost.Client} docker version").ExitCode == 0, "the next daemon", TimeSpan.FromMinutes(1));
        Assert.Equal(keepers, host.Do(FindKeepers));
    }

    private string Docker(string words) => host.Do($"{PackagedHost.Client} docker {words}");
}
