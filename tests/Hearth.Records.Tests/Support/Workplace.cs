using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Records.Recovery;

namespace Hearth.Records.Tests.Support;

/// <summary>State and run directories of one test's own, removed with all they hold.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hearth-runtime-").FullName;

    public Workplace() => Directories = new HearthDirectories(At("state"), At("run"));

    public HearthDirectories Directories { get; }

    /// <summary>What stands in the directory of containers; hidden names too.</summary>
    public string[] Containers =>
        Directory.Exists(Directories.Containers) ? [.. Directory.GetFileSystemEntries(Directories.Containers).Select(path => Path.GetFileName(path)!)] : [];

    public string At(string name) => Path.Combine(root, name);

    public string Write(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), content);
        return At(name);
    }

    public string MakeDirectory(string name) => Directory.CreateDirectory(At(name)).FullName;

    /// <summary>A kernel's description in the store of imported kernels, with an image that nothing boots.</summary>
    public void AddKernel(string name, string release, string fileSystems, bool adHoc = false)
    {
        Write($"state/kernels/{name}/vmlinux", "");
        Write($"state/kernels/{name}/kernel.json", $$"""
            {
              "name": "{{name}}", "release": "{{release}}", "architecture": "x86_64", "digest": "sha256:00", "endAddress": 4096,
              "source": "a test", "adHoc": {{(adHoc ? "true" : "false")}}, "fileSystems": {{fileSystems}}, "modules": []
            }
            """);
    }

    /// <summary>A container that was made and does not run.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kernel">The one that it is to boot; null for the newest.</param>
    public Container KeepContainer(string name, string? kernel = null) => new ContainerStore(Directories, TimeProvider.System).Create(new ContainerDescription
    {
        Name = name,
        Spec = new ContainerSpec { Root = new RootSpec { Path = "/" }, Process = new ProcessSpec { Args = ["true"] } },
        Kernel = kernel,
    });

    public RunResources NewResources(ProcessIdentity? owner = null) => new()
    {
        Id = ContainerId.New().ToString(),
        Owner = owner ?? ProcessIdentity.Current,
        Created = DateTimeOffset.UnixEpoch,
    };

    public void Dispose() => Directory.Delete(root, recursive: true);
}
