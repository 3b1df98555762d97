namespace Hearth.Containers.Volumes;

/// <summary>
/// A mount in addition to a container's root: a directory or file of the host, live in both directions, or a named volume. It
/// is plain data, so that it can be stored and the container started again.
/// </summary>
public sealed record VolumeMount
{
    public required VolumeKind Kind { get; init; }

    /// <summary>An absolute path of the host, or a volume's name.</summary>
    public required string Source { get; init; }

    /// <summary>An absolute path in the container; links in it are followed inside the container only.</summary>
    public required string Destination { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>For a directory of the host: whether file systems mounted beneath it are included.</summary>
    public bool Recursive { get; init; } = true;

    /// <summary>
    /// For a directory of the host: if the kernel cannot share it, true to provide a snapshot of its current state instead. The
    /// guest's changes then go to the guest's own layer.
    /// </summary>
    public bool MayBeSnapshot { get; init; }

    /// <summary>For a directory of the host: mount(8)'s options that restrict its use, such as <c>noexec</c>.</summary>
    public IReadOnlyList<string> Options { get; init => field = value ?? []; } = [];

    /// <summary>For a volume that has to be created: its size; null for the store's default.</summary>
    public ByteSize? Size { get; init; }

    /// <summary>For a volume that has to be created: its labels; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>For a volume: true for one with a generated name, which is removed together with the container.</summary>
    public bool IsAnonymous { get; init; }

    /// <summary>For a volume: true to leave it empty; false to start with the image's content at the destination.</summary>
    public bool NoCopy { get; init; }
}

/// <summary>The source of a mount.</summary>
public enum VolumeKind
{
    /// <summary>A directory or regular file of the host.</summary>
    Bind,

    /// <summary>A disk of its own, stored by name.</summary>
    Volume,
}
