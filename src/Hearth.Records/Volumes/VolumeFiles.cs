using Hearth.Containers;

namespace Hearth.Records.Volumes;

/// <summary>The paths of one volume's files.</summary>
public sealed record VolumeFiles(string Directory)
{
    public string Name => Path.GetFileName(Directory);

    public string Disk => Path.Combine(Directory, "disk.ext4");

    public string Description => Path.Combine(Directory, "volume.json");

    public static VolumeFiles Of(HearthDirectories directories, string name) => new(Path.Combine(directories.Volumes, name));
}
