using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Protocol;

/// <summary>
/// The INIT exchange: the kernel states its version and features, and the server chooses. The server answers a newer kernel
/// with the version whose structures it uses (7.38).
/// </summary>
public sealed record FuseHandshake
{
    public const uint Major = 7;

    private const uint MaxMinor = 38;

    /// <summary>The oldest 7.x that this server accepts.</summary>
    public required uint MinMinor { get; init; }

    /// <summary>The features that this server uses if the kernel offers them.</summary>
    public required FuseInitFlags Wanted { get; init; }

    /// <summary>The kernel's maximum readahead; by default the value that the kernel proposes.</summary>
    public uint MaxReadAheadInBytes { get; init; } = uint.MaxValue;

    /// <summary>
    /// How many background requests (readahead, and asynchronous reads by io_uring or libaio) the kernel may have in flight;
    /// it holds back further ones. The kernel regards three quarters of the limit as congestion.
    /// </summary>
    public ushort MaxBackground { get; init; } = 64;

    /// <summary>The longest WRITE.</summary>
    public required uint MaxWriteInBytes { get; init; }

    /// <summary>The longest READ or WRITE in pages.</summary>
    public required ushort MaxTransferInPages { get; init; }

    /// <summary>Whether the kernel's version is supported.</summary>
    public bool IsSuitable(in FuseInitIn kernel) => kernel.Major == Major && kernel.Minor >= MinMinor;

    public FuseInitOut Answer(in FuseInitIn kernel)
    {
        // Before 7.36, a kernel has no upper flags, and the bytes in their place are meaningless.
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
