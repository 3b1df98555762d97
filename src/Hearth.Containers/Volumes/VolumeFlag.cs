namespace Hearth.Containers.Volumes;

/// <summary>Reads docker's <c>-v</c>: <c>/src:/dst</c>, <c>name:/dst:ro</c>, <c>/dst</c>.</summary>
public static class VolumeFlag
{
    /// <summary>Options of docker without effect in a guest: labels, caches and propagation.</summary>
    private static readonly string[] Ignored = ["z", "Z", "cached", "delegated", "consistent", "private", "rprivate"];

    /// <exception cref="FormatException">The value has none of these forms.</exception>
    public static MountArgument Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 3 || parts.Any(part => part.Length == 0))
        {
            throw new FormatException($"invalid volume '{text}': give [SOURCE:]DIR[:OPTIONS]");
        }

        string destination = MountArgument.ReadDestination(parts[parts.Length == 1 ? 0 : 1], text);
        HashSet<string> options = parts.Length == 3 ? ReadOptions(parts[2], text) : [];
        bool isReadOnly = options.Contains("ro");
        if (parts.Length == 1)
        {
            return MountArgument.OfVolume("", destination, isReadOnly, noCopy: false);
        }

        if (MountArgument.ReadHostPath(parts[0]) is { } path)
        {
            return MountArgument.OfBind(path, destination, isReadOnly, isLive: options.Contains("live"), makesSource: true);
        }

        return options.Contains("live")
            ? throw new FormatException($"invalid volume '{text}': only a directory of the host can be 'live'")
            : MountArgument.OfVolume(MountArgument.RequireVolumeName(parts[0], text), destination, isReadOnly, options.Contains("nocopy"));
    }

    private static HashSet<string> ReadOptions(string text, string whole)
    {
        HashSet<string> options = [.. text.Split(',').Except(Ignored)];
        string? unknown = options.FirstOrDefault(option => option is not ("ro" or "rw" or "live" or "nocopy"));
        if (unknown is not null)
        {
            throw new FormatException($"invalid volume '{whole}': there is no option '{unknown}'; there are ro, rw, live, nocopy");
        }

        return options.IsSupersetOf(["ro", "rw"]) ? throw new FormatException($"invalid volume '{whole}': it cannot be both ro and rw") : options;
    }
}
