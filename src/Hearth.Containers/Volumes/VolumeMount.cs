namespace Hearth.Containers.Volumes;

/// <summary>
/// What a container has at one place besides its root: a directory or file of the host, live in both directions, or a named
/// volume. Plain data, so that it can be kept and started again.
/// </summary>
public sealed record VolumeMount
{
    public required VolumeKind Kind { get; init; }

    /// <summary>An absolute path of the host, or a volume's name.</summary>
    public required string Source { get; init; }

    /// <summary>An absolute path in the container; links in it are followed inside the container alone.</summary>
    public required string Destination { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>Of the host's directory: whether what is mounted beneath it belongs to it.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>
    /// Of the host's directory: true to give it as it stands, with the guest's changes in the guest's own layer, where the kernel
    /// cannot share it.
    /// </summary>
    public bool MayBeSnapshot { get; init; }

    /// <summary>Of the host's directory: mount(8)'s options that restrict its use, <c>noexec</c> and the like.</summary>
    public IReadOnlyList<string> Options { get; init => field = value ?? []; } = [];

    /// <summary>Of a volume that has to be made: its size; null for the default of the store.</summary>
    public ByteSize? Size { get; init; }

    /// <summary>Of a volume: true for one that nobody named, and that goes with the container.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>Of a volume: true to leave it empty, rather than begin with what the image has at its place.</summary>
    public bool NoCopy { get; init; }
}

/// <summary>Where what is mounted comes from.</summary>
public enum VolumeKind
{
    /// <summary>A directory or regular file of the host.</summary>
    Bind,

    /// <summary>A disk of its own, kept by name.</summary>
    Volume,
}
