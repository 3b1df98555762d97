using Hearth.Cli.Values;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;

namespace Hearth.Cli.Commands;

/// <summary>Flags for what a container has besides its root: host directories, volumes and tmpfs.</summary>
internal sealed class VolumeFlags
{
    private readonly Flag<string[]> volumes = Flag.List("--volume", "[SOURCE:]DIR[:ro]",
        "mount SOURCE: an absolute path shares a host directory or file; a\nname is a volume; without SOURCE, a volume that is removed with the\ncontainer. ro: a snapshot at start; ro,live: with later changes", "-v");

    private readonly Flag<string[]> mounts = Flag.List("--mount", "KEY=VALUE,...",
        "the same in docker's long form: type=bind|volume|tmpfs,\nsource=,target=,readonly");

    private readonly Flag<string[]> inherited = Flag.List("--volumes-from", "CONTAINER", "mount the volumes and host directories of another container, at\nthe same places; read-only with CONTAINER:ro");

    public Flag[] All => [volumes, mounts, inherited];

    /// <summary>Adds to a description what the flags say.</summary>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    public ContainerDescription Apply(ContainerDescription description, ParsedLine line)
    {
        MountArgument[] arguments = Read(line);

        return description with
        {
            Spec = description.Spec with { Mounts = [.. description.Spec.Mounts, .. arguments.Select(argument => argument.Tmpfs).OfType<MountSpec>()] },
            Volumes = [.. description.Volumes, .. arguments.Select(argument => argument.Volume).OfType<VolumeMount>()],
            Rootfs = description.Rootfs with { Binds = [.. description.Rootfs.Binds, .. arguments.Select(argument => argument.Bind).OfType<RootfsBind>()] },
        };
    }

    /// <summary>Adds what --volumes-from says. The containers are those of the host that runs this one.</summary>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    /// <exception cref="HearthException">There is no such container.</exception>
    public async Task<ContainerDescription> InheritAsync(Func<IContainers> open, ContainerDescription description, ParsedLine line)
    {
        foreach (InheritedMounts mounts in CommonFlags.Parsed<InheritedMounts[]>(() => [.. line.GetValue(inherited).Select(InheritedMounts.Parse)]))
        {
            description = mounts.AddTo(description, (await open().FindAsync(mounts.Container)).Container.Description);
        }

        return description;
    }

    /// <summary>Requires that the sources exist on this host, or makes directories of them as docker's <c>-v</c> does.</summary>
    /// <exception cref="HearthException">A source does not exist.</exception>
    public void RequireSources(ParsedLine line)
    {
        foreach (MountArgument argument in Read(line).Where(argument => argument.HostPath is not null))
        {
            BindSource.Require(argument.HostPath!, argument.MakesSource);
        }
    }

    private MountArgument[] Read(ParsedLine line) =>
        CommonFlags.Parsed<MountArgument[]>(() => [.. line.GetValue(volumes).Select(VolumeFlag.Parse), .. line.GetValue(mounts).Select(MountFlag.Parse)]);
}
