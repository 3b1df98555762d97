using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Engines;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>
/// The worker image: built once by buildah from packaging/docker/Dockerfile.worker and a base that debootstrap made, and run by
/// podman, both with a store of the tests' own.
/// </summary>
public sealed partial class WorkerImage : IAsyncDisposable
{
    private const string Name = "hearth-worker";
    private const string Base = "docker.io/library/debian:bookworm-slim";

    /// <summary>Two hundred packages are fetched and unpacked.</summary>
    private static readonly TimeSpan buildDeadline = TimeSpan.FromMinutes(15);

    private readonly Sandbox sandbox = new();
    private readonly Lazy<StandInReleases> releases;
    private readonly Lazy<string> built;

    public WorkerImage()
    {
        releases = new Lazy<StandInReleases>(() => new StandInReleases(sandbox));
        built = new Lazy<string>(BuildOnce);
    }

    /// <summary>What docs/operations.md lets a worker have: each flag is a word, or two that belong together.</summary>
    internal static IReadOnlyList<string[]> Rights { get; } =
        [.. RightsFlag().Matches(ReadPage().Split("docker run -d --name worker", 2)[1].Split("```", 2)[0]).Select(match => match.Value.Split(' '))];

    internal Sandbox Sandbox => sandbox;

    internal static string ReadPage() => File.ReadAllText(Path.Combine(Programs.Repository, "docs/operations.md"));

    /// <summary>Builds the stage of downloads from a release, with further arguments of the build.</summary>
    internal CommandResult BuildDownloads(string release, params string[] arguments)
    {
        _ = built.Value;
        return Build("downloads", ["--target", "downloads", "--build-arg", $"FIRECRACKER_RELEASES={releases.Value.At(release)}", .. arguments.SelectMany(argument => new[] { "--build-arg", argument })]);
    }

    /// <summary>The flags of <c>podman run</c> for a worker with these rights.</summary>
    internal string[] Run(IEnumerable<string[]> rights, params string[] flags) =>
    [
        "run", "--network", "none", "--cgroup-parent", "/" + sandbox.GroupName, "--env", $"HEARTH_CGROUP_PARENT=/{sandbox.GroupName}",

        // podman's own limits do not suit a host without CAP_SYS_RESOURCE.
        "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096",
        .. rights.SelectMany(words => words), .. flags, built.Value,
    ];

    /// <summary>Runs a script in a worker of its own with these rights.</summary>
    internal CommandResult RunScript(IEnumerable<string[]> rights, string script) => Podman([.. Run(rights, "--rm"), "sh", "-c", script]);

    internal CommandResult Podman(params string[] arguments) => Tool(
        "podman", TimeSpan.FromMinutes(4),
        ["--tmpdir", sandbox.PathOf("tmp"), "--network-config-dir", sandbox.PathOf("networks"), "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", "/usr/sbin/runc", .. arguments]);

    internal string Succeed(params string[] arguments) => Require(Podman(arguments), "podman " + arguments[0]).OutputText.TrimEnd('\n');

    public async ValueTask DisposeAsync()
    {
        if (releases.IsValueCreated)
        {
            await releases.Value.DisposeAsync();
            Succeed("rm", "--all", "--force");
            EngineWrapper.RemoveGroups(sandbox);

            // The store of layers is a mount of its own.
            string layers = sandbox.PathOf("store/overlay");
            if (File.ReadAllText("/proc/self/mountinfo").Contains($" {layers} ", StringComparison.Ordinal))
            {
                Command.Unmount(layers);
            }
        }

        sandbox.Dispose();
    }

    private string BuildOnce()
    {
        string archive = sandbox.PathOf("base.tar");
        Command.Tool("tar", "-C", new DebianRoot().Tree, "-cf", archive, ".");
        Succeed("import", archive, Base);
        File.Delete(archive);
        Require(Build(Name, ["--build-arg", $"FIRECRACKER_RELEASES={releases.Value.At(StandInReleases.Good)}", "--build-arg", $"KERNEL_SHA256={releases.Value.KernelDigest}"]), "buildah");
        return Name;
    }

    /// <summary>
    /// apt reaches the package archive as this host's does: by the host's network, with its configuration. buildah passes the
    /// variables of proxies by itself. Debian's crun refuses hybrid control groups, so runc runs the steps.
    /// </summary>
    private CommandResult Build(string tag, IEnumerable<string> arguments) => Tool(
        "buildah", buildDeadline,
        [
            "build", "--layers", "--pull-never", "--runtime", "/usr/sbin/runc", "--network", "host", "--volume", "/etc/apt:/etc/apt:ro", "--build-arg", $"KERNELS={releases.Value.Kernels}", .. arguments,
            "--file", Path.Combine(Programs.Repository, "packaging/docker/Dockerfile.worker"), "--tag", tag, Programs.Repository,
        ]);

    /// <summary>The kernel cannot lay an overlay over an overlay.</summary>
    private CommandResult Tool(string program, TimeSpan deadline, IEnumerable<string> arguments)
    {
        string driver = new DriveInfo(sandbox.Root).DriveFormat is "overlay" or "overlayfs" ? "vfs" : "overlay";
        using Command command = Command.Start(program, ["--root", sandbox.PathOf("store"), "--runroot", sandbox.PathOf("running"), "--storage-driver", driver, .. arguments]);
        command.CloseInput();
        return command.Wait(deadline);
    }

    private static CommandResult Require(CommandResult result, string what)
    {
        Assert.True(result.ExitCode == 0, $"{what} ended with {result.ExitCode}: {result.OutputText}\n{result.ErrorText}");
        return result;
    }

    [GeneratedRegex(@"--(cap-drop|cap-add|device|sysctl) \S+|-v /sys/\S+")]
    private static partial Regex RightsFlag();
}
