using Hearth.Containers.Specification;

namespace Hearth.Containers.Volumes;

/// <summary>One mount of a flag; exactly one of the three is set.</summary>
/// <param name="Tmpfs">The guest mounts it by itself.</param>
/// <param name="Volume">Shared with the host, or a disk.</param>
/// <param name="Bind">Read-only: part of the root's disk.</param>
/// <param name="MakesSource">Whether a source that is missing becomes a directory.</param>
public sealed record MountArgument(MountSpec? Tmpfs = null, VolumeMount? Volume = null, RootfsBind? Bind = null, bool MakesSource = false)
{
    /// <summary>The path of the host that it needs; null if it needs none.</summary>
    public string? HostPath => Bind?.Source ?? (Volume is { Kind: VolumeKind.Bind } volume ? volume.Source : null);

    /// <summary>A directory or file of the host. Read-only, it is part of the disk, unless later changes must be visible.</summary>
    public static MountArgument OfBind(string source, string destination, bool isReadOnly, bool isLive, bool isRecursive = true, bool makesSource = false) =>
        isReadOnly && !isLive
            ? new MountArgument(Bind: new RootfsBind(destination, source, isRecursive), MakesSource: makesSource)
            : new MountArgument(
                Volume: new VolumeMount { Kind = VolumeKind.Bind, Source = source, Destination = destination, ReadOnly = isReadOnly, Recursive = isRecursive },
                MakesSource: makesSource);

    /// <summary>A named volume, or an anonymous one if the name is empty.</summary>
    public static MountArgument OfVolume(string name, string destination, bool isReadOnly, bool noCopy, ByteSize? size = null, IReadOnlyDictionary<string, string>? labels = null) => new(Volume: new VolumeMount
    {
        Kind = VolumeKind.Volume,
        Source = name.Length == 0 ? VolumeName.NewAnonymous() : name,
        Destination = destination,
        ReadOnly = isReadOnly,
        IsAnonymous = name.Length == 0,
        NoCopy = noCopy,
        Size = size,
        Labels = labels,
    });

    /// <summary>A file system in the guest's memory.</summary>
    /// <param name="destination">Its place in the container.</param>
    /// <param name="options">Besides docker's usual ones, or instead of them: <c>size=</c>, <c>mode=</c>, <c>exec</c>.</param>
    /// <param name="isReadOnly">Whether it cannot be written.</param>
    public static MountArgument OfTmpfs(string destination, IReadOnlyCollection<string> options, bool isReadOnly) => new(Tmpfs: new MountSpec
    {
        Destination = destination,
        Type = "tmpfs",
        Source = "tmpfs",
        Options = [.. TmpfsFlag.WithDefaults(options), .. isReadOnly ? ["ro"] : Array.Empty<string>()],
    });

    /// <summary>A path in the container, cleaned as docker does.</summary>
    /// <exception cref="FormatException">Not an absolute path, or the root.</exception>
    public static string ReadDestination(string text, string whole)
    {
        string path = text.StartsWith('/') ? Path.GetFullPath(text).TrimEnd('/') : "";
        return path.Length > 0 ? path : throw new FormatException($"invalid mount '{whole}': the place in the container must be an absolute path other than /");
    }

    /// <summary>A path of the host; one that begins with a dot is relative to the caller's directory.</summary>
    /// <returns>Null for a volume's name.</returns>
    public static string? ReadHostPath(string text) =>
        text.StartsWith('/') || text is "." or ".." || text.StartsWith("./", StringComparison.Ordinal) || text.StartsWith("../", StringComparison.Ordinal)
            ? Path.GetFullPath(text)
            : null;

    /// <exception cref="FormatException">Not a volume's name.</exception>
    public static string RequireVolumeName(string text, string whole) => VolumeName.IsValid(text)
        ? text
        : throw new FormatException($"invalid mount '{whole}': '{text}' is no name of a volume, and a directory of the host needs its absolute path");
}
