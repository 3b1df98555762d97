using Hearth.Containers;
using Hearth.Containers.Volumes;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's structured mount, for what its <c>SOURCE:DESTINATION</c> cannot say.</summary>
internal sealed record MountDetails(string Type, string Source, string Target, bool ReadOnly)
{
    public BindSettings? BindOptions { get; init; }

    public VolumeSettings? VolumeOptions { get; init; }

    /// <summary>Mounts in docker's short form, also those that a client gave in the long one.</summary>
    public static IReadOnlyList<string> BindsOf(ContainerDescription description) =>
    [
        .. description.Volumes.Where(volume => !volume.IsAnonymous && !NeedsLongForm(volume)).Select(volume => $"{volume.Source}:{volume.Destination}{(volume.ReadOnly ? ":ro" : "")}"),
        .. description.Rootfs.Binds.Where(bind => bind.Recursive).Select(bind => $"{bind.Source}:{bind.Destination}:ro"),
    ];

    /// <summary>The others, except anonymous volumes: <c>Config.Volumes</c> has those.</summary>
    public static IReadOnlyList<MountDetails> AllOf(ContainerDescription description) =>
    [
        .. description.Volumes.Where(volume => !volume.IsAnonymous && NeedsLongForm(volume)).Select(Of),
        .. description.Rootfs.Binds.Where(bind => !bind.Recursive).Select(bind => new MountDetails("bind", bind.Source, bind.Destination, ReadOnly: true) { BindOptions = new BindSettings(NonRecursive: true) }),
    ];

    private static bool NeedsLongForm(VolumeMount volume) =>
        volume.Kind == VolumeKind.Bind ? !volume.Recursive : volume.NoCopy || volume.Size is not null || volume.Labels is { Count: > 0 };

    private static MountDetails Of(VolumeMount volume) => volume.Kind == VolumeKind.Bind
        ? new MountDetails("bind", volume.Source, volume.Destination, volume.ReadOnly) { BindOptions = new BindSettings(NonRecursive: true) }
        : new MountDetails("volume", volume.Source, volume.Destination, volume.ReadOnly)
        {
            VolumeOptions = new VolumeSettings(
                volume.NoCopy, volume.Labels, volume.Size is { } size ? new DriverSettings("local", new Dictionary<string, string> { ["size"] = $"{size.Bytes}" }) : null),
        };
}

internal sealed record BindSettings(bool NonRecursive);

internal sealed record VolumeSettings(bool NoCopy, IReadOnlyDictionary<string, string>? Labels, DriverSettings? DriverConfig);

internal sealed record DriverSettings(string Name, IReadOnlyDictionary<string, string> Options);
