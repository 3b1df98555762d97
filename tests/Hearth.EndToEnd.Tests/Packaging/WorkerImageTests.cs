using Hearth.EndToEnd.Tests.Engines;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Firecracker;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>
/// The worker image as it is built, and what it needs of an engine: exactly what docs/operations.md says. The build fetches two
/// hundred packages, which takes minutes, so <c>./dev soak</c> runs all of it.
/// </summary>
public sealed class WorkerImageTests(WorkerImage image) : IClassFixture<WorkerImage>
{
    private const string Inner = "hearth run --rm --network nat --rootfs-mode lazy --memory 256m --cpus 1 / -- cat /proc/net/route";

    /// <summary>Each right by the beginning of its flag, and what the page says that happens without it.</summary>
    public static TheoryData<string, string> Needed => new()
    {
        { "--cap-add SYS_ADMIN", "cannot confine the machine: this process lacks CAP_SYS_ADMIN; give the container that hearth runs in these capabilities: --cap-add SYS_ADMIN" },
        { "--cap-add SETUID", "cannot confine the machine: this process lacks CAP_SETUID; give" },
        { "--cap-add SETGID", "cannot confine the machine: this process lacks CAP_SETGID; give" },
        { "--cap-add SYS_CHROOT", "cannot confine the machine: this process lacks CAP_SYS_CHROOT; give" },
        { "--cap-add KILL", "cannot confine the machine: this process lacks CAP_KILL; give" },
        { "--cap-add DAC_OVERRIDE", "Permission denied (EACCES); run as a user who may read it (root with CAP_DAC_OVERRIDE)" },
        { "--cap-add NET_ADMIN", "it needs CAP_NET_ADMIN, in a container --cap-add NET_ADMIN" },
        { "--device /dev/fuse", "load the module (modprobe fuse), or give the container /dev/fuse" },
        { "--device /dev/net/tun", "/dev/net/tun does not exist; load the kernel module tun, or give the container the device" },
        { "--sysctl", "start the container that hearth runs in with --sysctl net." },
        { "-v /sys/fs/cgroup", "mounted read-only; a container of an engine has them writable with -v /sys/fs/cgroup:/sys/fs/cgroup" },
    };

    /// <summary>What the page shows, without a device that this host does not have.</summary>
    private static IEnumerable<string[]> Rights => WorkerImage.Rights.Where(right => right[0] != "--device" || File.Exists(right[1]));

    [Theory(Explicit = true)]
    [InlineData(StandInReleases.Damaged, "firecracker-v" + FirecrackerRelease.Version + "-x86_64.tgz: FAILED")]
    [InlineData(StandInReleases.Replaced, "jailer-v" + FirecrackerRelease.Version + "-x86_64: FAILED")]
    [InlineData(StandInReleases.Good, "firecracker-v" + FirecrackerRelease.Version + "-x86_64.tgz: FAILED", "FIRECRACKER_SHA256=0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(StandInReleases.Good, "vmlinux-" + FirecrackerRelease.KernelVersion + ": FAILED")]
    public void A_download_with_another_digest_ends_the_build_and_is_named(string release, string message, params string[] arguments)
    {
        CommandResult result = image.BuildDownloads(release, arguments);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(message, result.OutputText, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void Its_doctor_says_what_a_worker_lacks()
    {
        CommandResult complete = image.Podman([.. image.Run(Rights, "--rm")]);
        Assert.True(complete.ExitCode == 0, complete.OutputText + complete.ErrorText);
        Assert.All((string[])["root", "FUSE", "VMM", "network", "cgroups"], need => Assert.Equal("ok", StateOf(complete, need)));
        Assert.Contains("lacks CAP_CHOWN, CAP_FOWNER, for", complete.OutputText, StringComparison.Ordinal);
        Assert.Contains($"/usr/bin/firecracker, version {FirecrackerRelease.Version}", complete.OutputText, StringComparison.Ordinal);
        Assert.Contains($"/usr/bin/jailer, version {FirecrackerRelease.Version}", complete.OutputText, StringComparison.Ordinal);

        CommandResult bare = image.Podman([.. image.Run([["--cap-drop", "ALL"]], "--rm")]);
        Assert.Equal(1, bare.ExitCode);
        Assert.Equal(("FAIL", "FAIL", "warn", "warn"), (StateOf(bare, "capabilities"), StateOf(bare, "FUSE"), StateOf(bare, "network"), StateOf(bare, "cgroups")));
        Assert.Contains("SYS_ADMIN,SETUID,SETGID,SYS_CHROOT,KILL", bare.OutputText, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void With_the_rights_of_the_page_a_root_is_lazy_a_network_carries_packets_and_limits_hold()
    {
        CommandResult result = image.RunScript(Rights, $$"""
            set -e
            hearth kernel list --quiet
            test -s /etc/ssl/certs/ca-certificates.crt
            hearth run -d --name one --network nat --rootfs-mode lazy --memory 256m --cpus 1 / -- sleep 1000 >/dev/null
            hearth exec one cat /etc/debian_version >/dev/null
            cat $(find /sys/fs/cgroup -path "*/{{image.Sandbox.GroupName}}/*" '(' -name memory.limit_in_bytes -o -name memory.max ')' | grep "$(hearth ps -q --no-trunc)") | grep -c '^[0-9]'
            address=$(hearth inspect one | sed -n 's/.*"IPAddress": *"\(172[^"]*\)".*/\1/p' | head -n 1)
            bash -c "echo >/dev/tcp/$address/1" 2>&1 | grep -o 'Connection refused' | head -n 1
            hearth stop -t 1 one
            hearth rm one
            """);

        Assert.True(result.ExitCode == 0, result.OutputText + result.ErrorText);
        Assert.Equal("", result.ErrorText);
        string[] lines = result.OutputText.Split('\n');
        Assert.Contains(lines, line => line.StartsWith(FirecrackerRelease.KernelVersion, StringComparison.Ordinal));
        Assert.Equal(["1", "Connection refused", "one", "one", ""], lines[^5..]);
    }

    [Theory(Explicit = true)]
    [MemberData(nameof(Needed))]
    public void Without_one_of_them_the_message_of_the_page_says_what_to_do(string right, string message)
    {
        string[][] all = [.. Rights], left = [.. all.Where(words => !string.Join(' ', words).StartsWith(right, StringComparison.Ordinal))];
        Assert.NotEqual(all.Length, left.Length);
        Assert.Contains(message, WorkerImage.ReadPage().Replace("`", "", StringComparison.Ordinal), StringComparison.Ordinal);

        CommandResult result = image.RunScript(left, Inner);

        Assert.Equal(125, result.ExitCode);
        Assert.Contains(message, result.ErrorText, StringComparison.Ordinal);
    }

    [Theory(Explicit = true)]
    [InlineData("1 1\n", "CHOWN", "FOWNER")]
    [InlineData("1 0\n", "CHOWN")]
    [InlineData("0 1\n")]
    public void A_share_has_owners_and_modes_of_others_with_two_more(string answers, params string[] capabilities)
    {
        CommandResult result = image.RunScript([.. Rights, .. capabilities.Select(name => new[] { "--cap-add", name })], """
            mkdir /tmp/share
            hearth run --rm -v /tmp/share:/share / -- sh -c 'touch /share/a; c=0; m=0; chown 5 /share/a 2>/dev/null && c=1; chmod 600 /share/a 2>/dev/null && m=1; echo $c $m'
            """);

        Assert.Equal((0, answers), (result.ExitCode, result.OutputText));
    }

    [Fact(Explicit = true)]
    public void Its_daemon_serves_dockers_clients_and_ends_with_the_container()
    {
        Sandbox sandbox = image.Sandbox;
        string sockets = Directory.CreateDirectory(sandbox.PathOf("sockets")).FullName, host = $"unix://{sockets}/docker.sock";
        image.Succeed([.. image.Run(Rights, "-d", "--name", "worker", "-v", $"{sockets}:/run/hearth"), "hearthd", "--socket", "/run/hearth/docker.sock"]);
        Sandbox.WaitUntil(() => Docker("version").ExitCode == 0, "hearthd in the container", TimeSpan.FromMinutes(1));

        string archive = sandbox.PathOf("image.tar");
        ContainerImage.Write(BusyboxTree.Make(sandbox), "localhost/box:one", archive);
        Assert.Equal("Loaded image: localhost/box:one\n", Docker("load", "-i", archive).OutputText);
        CommandResult run = Docker("run", "--rm", "localhost/box:one", "echo", "from a guest");
        Assert.Equal((0, "from a guest\n"), (run.ExitCode, run.OutputText));
        Assert.Equal(0, Docker("run", "-d", "--name", "rest", "localhost/box:one", "sleep", "1000").ExitCode);
        Assert.Equal("rest\n", Docker("ps", "--format", "{{.Names}}").OutputText);

        // A container whose starter ended is a child of the worker's first process, which reaps it.
        image.Succeed("exec", "worker", "sh", "-c", "hearth run -d --name orphan / -- sleep 1000 && hearth rm -f orphan rest");
        Sandbox.WaitUntil(() => image.Succeed("exec", "worker", "sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null | grep -c 'State:.Z' || true") == "0", "processes that nobody reaps");

        image.Succeed("stop", "--time", "30", "worker");
        Assert.Equal("0", image.Succeed("inspect", "--format", "{{.State.ExitCode}}", "worker"));
        Assert.Empty(Directory.GetFiles(sockets, "docker.sock"));
        image.Succeed("rm", "worker");

        CommandResult Docker(params string[] arguments)
        {
            using Command command = Command.Start("docker", ["-H", host, .. arguments], new Dictionary<string, string> { ["DOCKER_CONFIG"] = sandbox.PathOf("docker") });
            command.CloseInput();
            return command.Wait();
        }
    }

    /// <summary>How a line of the doctor's begins.</summary>
    private static string StateOf(CommandResult doctor, string need) =>
        doctor.OutputText.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Single(words => words.Length > 1 && words[1] == need)[0];
}
