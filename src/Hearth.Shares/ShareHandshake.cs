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

    private const ushort MaxBackground = 64;
    private const ushort CongestionThreshold = 48;
    private const int PageInBytes = 4096;

    /// <summary>As long as fuse_init_in was before 7.36.</summary>
    private const int ShortInitInBytes = 16;

    private const FuseInitFlags Wanted = FuseInitFlags.AsyncRead | FuseInitFlags.AtomicTruncate | FuseInitFlags.BigWrites
        | FuseInitFlags.DoNotMask | FuseInitFlags.AutoInvalidateData | FuseInitFlags.DoReadDirPlus | FuseInitFlags.ReadDirPlusAuto
        | FuseInitFlags.AsyncDirectIO | FuseInitFlags.ParallelDirectoryOperations | FuseInitFlags.AbortError | FuseInitFlags.MaxPages
        | FuseInitFlags.HandleKillPrivilegesV2 | FuseInitFlags.InitExt;

    /// <summary>Reads what a kernel says of itself, which older ones say in fewer words.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out FuseInitIn kernel)
    {
        Span<byte> whole = stackalloc byte[System.Runtime.CompilerServices.Unsafe.SizeOf<FuseInitIn>()];
        whole.Clear();
        body[..Math.Min(body.Length, whole.Length)].CopyTo(whole);
        kernel = System.Runtime.InteropServices.MemoryMarshal.Read<FuseInitIn>(whole);
        return body.Length >= ShortInitInBytes;
    }

    public static bool IsSuitable(in FuseInitIn kernel) => kernel.Major == FuseHandshake.Major && kernel.Minor >= MinMinor;

    public static FuseInitOut Answer(in FuseInitIn kernel)
    {
        bool hasUpperFlags = ((FuseInitFlags)kernel.Flags).HasFlag(FuseInitFlags.InitExt);
        ulong offered = kernel.Flags | (hasUpperFlags ? (ulong)kernel.Flags2 << 32 : 0);
        ulong chosen = offered & (ulong)Wanted;
        return new FuseInitOut
        {
            Major = FuseHandshake.Major,
            Minor = Math.Min(kernel.Minor, FuseHandshake.MaxMinor),
            MaxReadAhead = Math.Min(kernel.MaxReadAhead, ShareOptions.MaxTransferInBytes),
            Flags = (uint)chosen,
            Flags2 = (uint)(chosen >> 32),
            MaxBackground = MaxBackground,
            CongestionThreshold = CongestionThreshold,
            MaxWrite = ShareOptions.MaxTransferInBytes,
            TimeGranularity = 1,
            MaxPages = ShareOptions.MaxTransferInBytes / PageInBytes,
        };
    }
}
