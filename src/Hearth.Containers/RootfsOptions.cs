using Hearth.DiskImages;
using Hearth.DiskImages.Packed;

namespace Hearth.Containers;

/// <summary>How a directory becomes a root file system.</summary>
public sealed record RootfsOptions
{
    /// <summary>Null for the first of lazy, SquashFS and ext4 that succeeds.</summary>
    public RootfsMode? Mode { get; init; }

    /// <summary>The format of a lazily served disk; null for the best one that the kernel can mount.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>The compression of a packed SquashFS.</summary>
    public PackCompression Compression { get; init; }

    /// <summary>The level of the compression; null for its default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>For a packed SquashFS: true to give each file its own blocks.</summary>
    public bool NoFragments { get; init; }

    /// <summary>The three options of a packed SquashFS.</summary>
    public SquashFsPacking Packing => new(Compression, CompressionLevel, NoFragments);

    /// <summary>Declares that the directory does not change; null to check it.</summary>
    public ImmutableRoot? Immutable { get; init; }

    /// <summary>
    /// True to include file systems mounted beneath the directory, except /proc, /sys and /dev, since the guest has its own.
    /// </summary>
    public bool CrossMounts { get; init; }

    /// <summary>Paths below the root. If any are given, only they and their parent directories are included.</summary>
    public IReadOnlyList<string> Include { get; init => field = value ?? []; } = [];

    /// <summary>Paths below the root that are excluded.</summary>
    public IReadOnlyList<string> Exclude { get; init => field = value ?? []; } = [];

    /// <summary>Binds over the directory, in this order; <see cref="Include"/> and <see cref="Exclude"/> do not apply to them.</summary>
    public IReadOnlyList<RootfsBind> Binds { get; init => field = value ?? []; } = [];
}
