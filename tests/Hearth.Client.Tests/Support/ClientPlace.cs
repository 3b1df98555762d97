using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Linux.Processes;

namespace Hearth.Client.Tests.Support;

/// <summary>State and run directories of a test's own, with one container that is not started, and a client whose keepers are a script.</summary>
internal sealed class ClientPlace : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hearth-client-").FullName;

    /// <param name="keeper">A shell script that takes the keeper's place.</param>
    public ClientPlace(string keeper = "exec sleep 1000")
    {
        Directories = new HearthDirectories(Path.Combine(root, "state"), Path.Combine(root, "run"));
        string program = Path.Combine(root, "keeper");
        File.WriteAllText(program, $"#!/bin/sh\n{keeper}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        HostEnvironment environment = new(new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["PLACE"] = root });
        Service = new ContainerService(Directories, TimeProvider.System, new KeeperLauncher(environment, program), Log);
        Container = Service.Create(new ContainerDescription
        {
            Spec = new ContainerSpec { Root = new RootSpec { Path = root }, Process = new ProcessSpec { Args = ["sleep", "1000"] } },
        }.WithName("web"));
    }

    public HearthDirectories Directories { get; }

    public RecordingLogger Log { get; } = new();

    public ContainerService Service { get; }

    public Container Container { get; }

    /// <summary>A file that the keeper may write, as <c>$PLACE/NAME</c>.</summary>
    public string At(string name) => Path.Combine(root, name);

    public void Dispose() => Directory.Delete(root, recursive: true);
}
