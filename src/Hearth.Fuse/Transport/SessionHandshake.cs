using Hearth.Fuse.Protocol;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Transport;

/// <summary>What a session agrees on with the host's kernel: 7.36 and newer (Linux 5.17).</summary>
internal static class SessionHandshake
{
    private const uint MinMinor = 36;

    /// <summary>Nothing is ever written; the kernel takes no less, and its requests then fit into the smallest buffer.</summary>
    private const uint MaxWriteInBytes = 4096;

    private const FuseInitFlags Wanted = FuseInitFlags.AsyncRead | FuseInitFlags.AsyncDirectIO | FuseInitFlags.MaxPages
        | FuseInitFlags.ParallelDirectoryOperations | FuseInitFlags.AbortError | FuseInitFlags.BigWrites | FuseInitFlags.InitExt
        | FuseInitFlags.DirectIOAllowMap;

    /// <summary>The oldest version that is served, for messages.</summary>
    public static string OldestVersion => $"{FuseHandshake.Major}.{MinMinor}";

    /// <summary>What to agree on.</summary>
    /// <param name="maxReadInBytes">The longest read.</param>
    /// <param name="maxPendingReads">How many may wait: the kernel is not to hold others back before.</param>
    public static FuseHandshake Of(int maxReadInBytes, int maxPendingReads) => new()
    {
        MinMinor = MinMinor,
        Wanted = Wanted,
        MaxBackground = (ushort)maxPendingReads,
        MaxWriteInBytes = MaxWriteInBytes,
        MaxTransferInPages = (ushort)Math.Max(1, maxReadInBytes / Environment.SystemPageSize),
    };
}
