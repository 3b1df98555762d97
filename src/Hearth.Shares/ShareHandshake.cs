using Hearth.Fuse.Protocol;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// The INIT exchange with a guest's kernel. Not offered: a write-back cache, with which the host would see late what a guest
/// wrote, and locks, which stay the guest's own.
/// </summary>
internal static class ShareHandshake
{
    /// <summary>7.27 is Linux 4.18. What came later is used where both sides have it.</summary>
    private const uint MinMinor = 27;

    private const int PageInBytes = 4096;

    /// <summary>As long as fuse_init_in was before 7.36.</summary>
    private const int ShortInitInBytes = 16;

    private const FuseInitFlags Wanted = FuseInitFlags.AsyncRead | FuseInitFlags.AtomicTruncate | FuseInitFlags.BigWrites
        | FuseInitFlags.DoNotMask | FuseInitFlags.AutoInvalidateData | FuseInitFlags.DoReadDirPlus | FuseInitFlags.ReadDirPlusAuto
        | FuseInitFlags.AsyncDirectIO | FuseInitFlags.ParallelDirectoryOperations | FuseInitFlags.AbortError | FuseInitFlags.MaxPages
        | FuseInitFlags.HandleKillPrivilegesV2 | FuseInitFlags.InitExt;

    public static FuseHandshake Handshake { get; } = new()
    {
        MinMinor = MinMinor,
        Wanted = Wanted,
        MaxReadAheadInBytes = ShareOptions.MaxTransferInBytes,
        MaxWriteInBytes = ShareOptions.MaxTransferInBytes,
        MaxTransferInPages = ShareOptions.MaxTransferInBytes / PageInBytes,
    };

    /// <summary>Reads what a kernel says of itself, which older ones say in fewer words.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out FuseInitIn kernel)
    {
        Span<byte> whole = stackalloc byte[System.Runtime.CompilerServices.Unsafe.SizeOf<FuseInitIn>()];
        whole.Clear();
        body[..Math.Min(body.Length, whole.Length)].CopyTo(whole);
        kernel = System.Runtime.InteropServices.MemoryMarshal.Read<FuseInitIn>(whole);
        return body.Length >= ShortInitInBytes;
    }
}
