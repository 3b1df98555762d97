using Hearth.Containers;
using Hearth.Containers.Volumes;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's structured mounts.</summary>
internal static class MountReading
{
    /// <exception cref="FormatException">A mount cannot be made.</exception>
    public static IEnumerable<MountArgument> Read(IEnumerable<MountRequest> mounts) => mounts.Select(mount => mount.Type switch
    {
        "bind" => ReadBind(mount),
        "volume" => ReadVolume(mount),
        "tmpfs" => ReadTmpfs(mount),
        var other => throw new FormatException($"invalid mount '{mount.Target}': there is no type '{other}'; there are bind, volume, tmpfs"),
    });

    private static string Destination(MountRequest mount) => MountArgument.ReadDestination(mount.Target ?? "", mount.Target ?? "");

    private static MountArgument ReadBind(MountRequest mount)
    {
        if (mount.BindOptions?.Propagation is not (null or "" or "private" or "rprivate"))
        {
            throw new FormatException($"invalid mount '{mount.Target}': mounts are not passed on between host and guest; its propagation is private");
        }

        if (mount.BindOptions?.ReadOnlyForceRecursive == true && !mount.ReadOnly)
        {
            throw new FormatException($"invalid mount '{mount.Target}': ReadOnlyForceRecursive needs ReadOnly");
        }

        string source = MountArgument.ReadHostPath(mount.Source ?? "") ?? throw new FormatException($"invalid mount '{mount.Target}': the source of a bind is an absolute path of the host");
        return MountArgument.OfBind(source, Destination(mount), mount.ReadOnly, isLive: false, isRecursive: mount.BindOptions?.NonRecursive != true, makesSource: mount.BindOptions?.CreateMountpoint == true);
    }

    private static MountArgument ReadVolume(MountRequest mount)
    {
        VolumeDriverRequest? driver = mount.VolumeOptions?.DriverConfig;
        if (driver?.Name is not (null or "" or "local"))
        {
            throw new FormatException($"invalid mount '{mount.Target}': there is no volume driver '{driver.Name}'; there is 'local'");
        }

        ByteSize? size = null;
        foreach ((string name, string value) in driver?.Options ?? new Dictionary<string, string>())
        {
            size = name == "size" && ByteSize.TryParse(value, out ByteSize given) ? given : throw new FormatException($"invalid mount '{mount.Target}': there is no volume option '{name}={value}'; there is size=SIZE");
        }

        string source = mount.Source ?? "";
        return MountArgument.OfVolume(
            source.Length == 0 ? "" : MountArgument.RequireVolumeName(source, mount.Target ?? ""), Destination(mount), mount.ReadOnly, mount.VolumeOptions?.NoCopy == true, size,
            mount.VolumeOptions?.Labels is { Count: > 0 } labels ? labels : null);
    }

    private static MountArgument ReadTmpfs(MountRequest mount)
    {
        List<string> options = [];
        if (mount.TmpfsOptions?.SizeBytes is > 0 and long size)
        {
            options.Add($"size={size}");
        }

        if (mount.TmpfsOptions?.Mode is > 0 and int mode)
        {
            options.Add($"mode={Convert.ToString(mode, 8)}");
        }

        foreach (IReadOnlyList<string> option in mount.TmpfsOptions?.Options ?? [])
        {
            options.Add(option is ["exec" or "noexec"] ? option[0] : throw new FormatException($"invalid mount '{mount.Target}': there is no tmpfs option '{string.Join('=', option)}'; there are exec and noexec"));
        }

        return MountArgument.OfTmpfs(Destination(mount), options, mount.ReadOnly);
    }
}
