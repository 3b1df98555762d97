using Hearth.Containers;
using Hearth.Containers.Volumes;

namespace Hearth.Rendering;

/// <summary>One of docker's <c>Mounts</c>: a directory of the host, a volume, or a file system in memory.</summary>
public sealed record MountView(string Type, string Name, string Source, string Destination, string Driver, string Mode, bool RW, string Propagation)
{
    private const string OnlyDriver = "local";
    private const string OnlyPropagation = "rprivate";

    /// <summary>All mounts of a container besides its root, by destination.</summary>
    public static IReadOnlyList<MountView> AllOf(ContainerDescription description) =>
    [
        .. description.Volumes.Select(Of)
            .Concat(description.Rootfs.Binds.Select(bind => new MountView("bind", "", bind.Source, bind.Destination, "", bind.IsWritable ? "" : "ro", bind.IsWritable, OnlyPropagation)))
            .Concat(description.Spec.Mounts.Where(mount => mount.Type == "tmpfs").Select(mount =>
                new MountView("tmpfs", "", "", mount.Destination, "", string.Join(',', mount.Options), !mount.Options.Contains("ro"), "")))
            .OrderBy(mount => mount.Destination, StringComparer.Ordinal),
    ];

    /// <summary>Whether a volume's name, a source or a destination denotes this mount.</summary>
    public bool IsNamed(string text) => text == Destination || text == (Name.Length > 0 ? Name : Source);

    private static MountView Of(VolumeMount mount) => mount.Kind == VolumeKind.Volume
        ? new MountView("volume", mount.Source, "", mount.Destination, OnlyDriver, ModeOf(mount), !mount.ReadOnly, "")
        : new MountView("bind", "", mount.Source, mount.Destination, "", ModeOf(mount), !mount.ReadOnly, OnlyPropagation);

    private static string ModeOf(VolumeMount mount) => mount.ReadOnly ? "ro" : "";
}
