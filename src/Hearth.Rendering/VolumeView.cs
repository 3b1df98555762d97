using Hearth.Records.Volumes;

namespace Hearth.Rendering;

/// <summary>A volume with docker's names, for templates of <c>volume inspect</c>.</summary>
public sealed record VolumeView(string Name, string Driver, string Mountpoint, string CreatedAt, IReadOnlyDictionary<string, string> Labels, string Scope, IReadOnlyDictionary<string, string> Options)
{
    public const string OnlyDriver = "local";

    public static VolumeView Of(VolumeEntry volume) => new(
        volume.Name, OnlyDriver, volume.Disk, ContainerView.Time(volume.CreatedAt), volume.Labels, "local", volume.Options);
}
