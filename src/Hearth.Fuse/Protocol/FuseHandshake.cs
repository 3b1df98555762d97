using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Protocol;

/// <summary>
/// The INIT exchange: the kernel states its version and abilities, the server chooses. To a newer kernel it answers the
/// version whose structures it uses (7.38).
/// </summary>
public sealed record FuseHandshake
{
    public const uint Major = 7;

    private const uint MaxMinor = 38;

    /// <summary>The oldest 7.x that this server accepts.</summary>
    public required uint MinMinor { get; init; }

    /// <summary>The abilities that this server uses where the kernel offers them.</summary>
    public required FuseInitFlags Wanted { get; init; }

    /// <summary>The most that the kernel may read ahead; by default what the kernel proposes.</summary>
    public uint MaxReadAheadInBytes { get; init; } = uint.MaxValue;

    /// <summary>
    /// Requests that no thread waits for, readahead and asynchronous reads (io_uring, libaio), that the kernel may have under
    /// way at once; it holds further ones back. Three quarters of them count as congestion.
    /// </summary>
    public ushort MaxBackground { get; init; } = 64;

    /// <summary>The longest WRITE.</summary>
    public required uint MaxWriteInBytes { get; init; }

    /// <summary>The longest READ or WRITE in pages of the kernel.</summary>
    public required ushort MaxTransferInPages { get; init; }

    /// <summary>Whether a kernel of this version can be served.</summary>
    public bool IsSuitable(in FuseInitIn kernel) => kernel.Major == Major && kernel.Minor >= MinMinor;

    public FuseInitOut Answer(in FuseInitIn kernel)
    {
        // Before 7.36 a kernel has no upper flags, and what stands in their place means nothing.
        bool hasUpperFlags = ((FuseInitFlags)kernel.Flags).HasFlag(FuseInitFlags.InitExt);
        ulong offered = kernel.Flags | (hasUpperFlags ? (ulong)kernel.Flags2 << 32 : 0);
        ulong chosen = offered & (ulong)Wanted;
        return new FuseInitOut
        {
            Major = Major,
            Minor = Math.Min(kernel.Minor, MaxMinor),
            MaxReadAhead = Math.Min(kernel.MaxReadAhead, MaxReadAheadInBytes),
            Flags = (uint)chosen,
            Flags2 = (uint)(chosen >> 32),
            MaxBackground = MaxBackground,
            CongestionThreshold = (ushort)(MaxBackground * 3 / 4),
            MaxWrite = MaxWriteInBytes,
            TimeGranularity = 1,
            MaxPages = MaxTransferInPages,
        };
    }
}
