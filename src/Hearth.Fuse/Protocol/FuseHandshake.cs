using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Protocol;

/// <summary>
/// The INIT exchange: the kernel says its version and abilities, the server chooses. Speaks 7.36 and newer (Linux
/// 5.17); to a newer kernel it answers the version whose structures it uses.
/// </summary>
public static class FuseHandshake
{
    public const uint Major = 7;
    public const uint MinMinor = 36;
    public const uint MaxMinor = 38;

    /// <summary>Readahead requests that the kernel may have under way at once, and from how many on it holds them back.</summary>
    private const ushort MaxBackground = 64;
    private const ushort CongestionThreshold = 48;

    /// <summary>Nothing is ever written; the kernel takes no less, and its requests then fit into the smallest buffer.</summary>
    private const uint MaxWriteInBytes = 4096;

    private const FuseInitFlags Wanted = FuseInitFlags.AsyncRead | FuseInitFlags.AsyncDirectIO | FuseInitFlags.MaxPages
        | FuseInitFlags.ParallelDirectoryOperations | FuseInitFlags.AbortError | FuseInitFlags.BigWrites | FuseInitFlags.InitExt
        | FuseInitFlags.DirectIOAllowMap;

    /// <summary>Whether a kernel of this version can be served.</summary>
    public static bool IsSuitable(in FuseInitIn kernel) => kernel.Major == Major && kernel.Minor >= MinMinor;

    public static FuseInitOut Answer(in FuseInitIn kernel, int maxReadBytes)
    {
        ulong offered = kernel.Flags | ((ulong)kernel.Flags2 << 32);
        ulong chosen = offered & (ulong)Wanted;
        return new FuseInitOut
        {
            Major = Major,
            Minor = Math.Min(kernel.Minor, MaxMinor),
            MaxReadAhead = kernel.MaxReadAhead,
            Flags = (uint)chosen,
            Flags2 = (uint)(chosen >> 32),
            MaxBackground = MaxBackground,
            CongestionThreshold = CongestionThreshold,
            MaxWrite = MaxWriteInBytes,
            TimeGranularity = 1,
            MaxPages = (ushort)(Math.Max(1, maxReadBytes / Environment.SystemPageSize)),
        };
    }
}
