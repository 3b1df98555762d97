using Hearth.Fuse.Protocol;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Transport;

/// <summary>The INIT settings of a session with the host's kernel: 7.36 and newer (Linux 5.17).</summary>
internal static class SessionHandshake
{
    private const uint MinMinor = 36;

    /// <summary>
    /// The session never receives a WRITE. This is the kernel's minimum, and requests of it fit into the smallest buffer.
    /// </summary>
    private const uint MaxWriteInBytes = 4096;

    private const FuseInitFlags Wanted = FuseInitFlags.AsyncRead | FuseInitFlags.AsyncDirectIO | FuseInitFlags.MaxPages
        | FuseInitFlags.ParallelDirectoryOperations | FuseInitFlags.AbortError | FuseInitFlags.BigWrites | FuseInitFlags.InitExt
        | FuseInitFlags.DirectIOAllowMap;

    /// <summary>The oldest supported version, for messages.</summary>
    public static string OldestVersion => $"{FuseHandshake.Major}.{MinMinor}";

    /// <summary>The handshake of a session.</summary>
    /// <param name="maxReadInBytes">The longest read in bytes.</param>
    /// <param name="maxPendingReads">
    /// How many reads may be pending; the kernel must not hold back requests below this number.
    /// </param>
    public static FuseHandshake Of(int maxReadInBytes, int maxPendingReads) => new()
    {
        MinMinor = MinMinor,
        Wanted = Wanted,
        MaxBackground = (ushort)maxPendingReads,
        MaxWriteInBytes = MaxWriteInBytes,
        MaxTransferInPages = (ushort)Math.Max(1, maxReadInBytes / Environment.SystemPageSize),
    };
}
