using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>Debian's containerd with everything of its own in a sandbox, with Hearth in runc's place and one image.</summary>
internal sealed class Containerd : IDisposable
{
    public const string Image = "docker.io/library/box:latest";

    private readonly Sandbox sandbox;
    private readonly string runtime;
    private readonly Command daemon;

    /// <param name="sandbox">Where everything is.</param>
    /// <param name="applets">Further commands of busybox in the image.</param>
    public Containerd(Sandbox sandbox, params string[] applets)
    {
        this.sandbox = sandbox;
        runtime = EngineWrapper.Write(sandbox);
        string configuration = sandbox.PathOf("containerd.toml");
        File.WriteAllText(configuration, $"""
            version = 2
            root = "{sandbox.PathOf("containerd/root")}"
            state = "{sandbox.PathOf("containerd/state")}"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
            [grpc]
              address = "{Address}"
            [ttrpc]
              address = "{Address}.ttrpc"
            """);
        daemon = Command.Start("containerd", ["-c", configuration]);
        Sandbox.WaitUntil(() => Ctr("version").ExitCode == 0, "containerd answers");
        string root = EngineWrapper.MakeRoot(sandbox);
        foreach (string applet in applets)
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
        }

        ContainerImage.Write(root, Image, sandbox.PathOf("image.tar"));
        Succeed("images", "import", "--snapshotter", "native", sandbox.PathOf("image.tar"));
    }

    public string[] Runtime => ["--snapshotter", "native", "--runtime", "io.containerd.runc.v2", "--runc-binary", runtime];

    /// <summary>The arguments before those of <see cref="Ctr"/>.</summary>
    public string[] Connection => ["-a", Address, "-n", sandbox.GroupName];

    private string Address => sandbox.PathOf("c.sock");

    /// <summary>Where the shim, whatever its containerd's directories are, has runtimes keep the containers of a namespace.</summary>
    private string EnginesRoot => Path.Combine("/run/containerd/runc", sandbox.GroupName);

    public CommandResult Ctr(params string[] arguments) => Run("ctr", [.. Connection, .. arguments]);

    public string Succeed(params string[] arguments)
    {
        CommandResult result = Ctr(arguments);
        Assert.True(result.ExitCode == 0, $"ctr {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.ErrorText}");
        return result.OutputText;
    }

    public static CommandResult Run(string program, string[] arguments)
    {
        using Command command = Command.Start(program, arguments);
        command.CloseInput();
        return command.Wait();
    }

    public void Dispose()
    {
        daemon.Signal("TERM");
        daemon.Wait();
        daemon.Dispose();
        EngineWrapper.RemoveGroups(sandbox);
        if (Directory.Exists(EnginesRoot))
        {
            Directory.Delete(EnginesRoot, recursive: true);
        }
    }
}
