using Hearth.DiskImages;
using Hearth.DiskImages.Packed;

namespace Hearth.Containers;

/// <summary>How a directory becomes a root file system.</summary>
public sealed record RootfsOptions
{
    /// <summary>Null for the first of lazy, SquashFS and ext4 that succeeds.</summary>
    public RootfsMode? Mode { get; init; }

    /// <summary>Of a lazily served disk; null for the best that the kernel can mount.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Of a packed SquashFS.</summary>
    public PackCompression Compression { get; init; }

    /// <summary>Of the compression; null for its own default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>Of a packed SquashFS: true to give each file blocks of its own.</summary>
    public bool NoFragments { get; init; }

    /// <summary>What the three say of a packed SquashFS.</summary>
    public SquashFsPacking Packing => new(Compression, CompressionLevel, NoFragments);

    /// <summary>Declares that the directory does not change; null to look.</summary>
    public ImmutableRoot? Immutable { get; init; }

    /// <summary>True to go on into file systems mounted beneath the directory, but not into /proc, /sys and /dev: the guest has its own.</summary>
    public bool CrossMounts { get; init; }

    /// <summary>Paths below the root; where any are given, only they and what leads to them are taken.</summary>
    public IReadOnlyList<string> Include { get; init => field = value ?? []; } = [];

    /// <summary>Paths below the root that are left out.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = value ?? []; } = [];

    /// <summary>What is laid over the directory, in this order; neither <see cref="Include"/> nor <see cref="Exclude"/> concerns it.</summary>
    public IReadOnlyList<RootfsBind> Binds { get; init => field = value ?? []; } = [];
}
