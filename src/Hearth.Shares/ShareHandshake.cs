using Hearth.Fuse.Protocol;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// The INIT exchange with a guest's kernel. Two features are not offered: a write-back cache, since the host would see the guest's
/// writes late, and locks, which stay inside the guest.
/// </summary>
internal static class ShareHandshake
{
    /// <summary>The oldest supported version, 7.27 of Linux 4.18. Newer features are used if both sides have them.</summary>
    private const uint MinMinor = 27;

    private const int PageInBytes = 4096;

    /// <summary>The size of fuse_init_in before 7.36.</summary>
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

    /// <summary>Reads a kernel's fuse_init_in, which is shorter for older kernels.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out FuseInitIn kernel)
    {
        Span<byte> whole = stackalloc byte[System.Runtime.CompilerServices.Unsafe.SizeOf<FuseInitIn>()];
        whole.Clear();
        body[..Math.Min(body.Length, whole.Length)].CopyTo(whole);
        kernel = System.Runtime.InteropServices.MemoryMarshal.Read<FuseInitIn>(whole);
        return body.Length >= ShortInitInBytes;
    }
}
