using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>Debian's podman with everything of its own in a sandbox, and Hearth as its runtime.</summary>
internal sealed class Podman(Sandbox sandbox)
{
    public string Runtime { get; } = EngineWrapper.Write(sandbox);

    /// <summary>podman's own limits do not suit a host without CAP_SYS_RESOURCE.</summary>
    public string[] Limits => ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--cgroup-parent", "/" + sandbox.GroupName];

    public CommandResult Run(params string[] arguments)
    {
        using Command command = Command.Start("podman",
        [
            "--root", sandbox.PathOf("podman/root"), "--runroot", sandbox.PathOf("podman/run"), "--tmpdir", sandbox.PathOf("podman/tmp"),
            "--network-config-dir", sandbox.PathOf("podman/networks"),
            "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", Runtime, .. arguments,
        ]);
        command.CloseInput();
        return command.Wait();
    }

    public string Succeed(params string[] arguments)
    {
        CommandResult result = Run(arguments);
        Assert.True(result.ExitCode == 0, $"podman {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.ErrorText}");
        return result.OutputText;
    }
}
