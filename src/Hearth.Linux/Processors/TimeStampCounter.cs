using System.Runtime.InteropServices;
using Hearth.Linux.Kernel;

namespace Hearth.Linux.Processors;

/// <summary>
/// Reads the x86-64 processor's time-stamp counter together with the kernel's raw clock. .NET has no intrinsic for the
/// instruction, so it runs from a page that is first written and then made executable.
/// </summary>
public static unsafe partial class TimeStampCounter
{
    private const int ProtectRead = 1;
    private const int ProtectWrite = 2;
    private const int ProtectExecute = 4;
    private const int MapPrivateAnonymous = 0x22;
    private const int ClockMonotonicRaw = 4;
    private const int PageBytes = 4096;

    /// <summary>Enough samples that one of them is not interrupted; more do not improve the result.</summary>
    private const int Tries = 8;

    private static readonly delegate* unmanaged<ulong> Read = CreateReader();

    /// <summary>False on other processors, and if the system does not allow executable memory.</summary>
    public static bool IsAvailable => Read is not null;

    /// <summary>Reads both clocks as close together as possible.</summary>
    public static TimeStamp Take()
    {
        TimeStamp best = default;
        ulong narrowest = ulong.MaxValue;
        for (int i = 0; i < Tries; i++)
        {
            ulong before = Read();
            _ = clock_gettime(ClockMonotonicRaw, out TimeSpecification time);
            ulong width = Read() - before;
            if (width < narrowest)
            {
                narrowest = width;
                best = new TimeStamp(before + (width / 2), (time.Seconds * 1_000_000_000L) + time.Nanoseconds);
            }
        }

        return best;
    }

    private static delegate* unmanaged<ulong> CreateReader()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return null;
        }

        void* page = mmap(null, PageBytes, ProtectRead | ProtectWrite, MapPrivateAnonymous, -1, 0);
        if (page == (void*)-1)
        {
            return null;
        }

        // rdtsc; shl rdx, 32; or rax, rdx; ret
        ReadOnlySpan<byte> code = [0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0xc3];
        code.CopyTo(new Span<byte>(page, PageBytes));
        return mprotect(page, PageBytes, ProtectRead | ProtectExecute) == 0 ? (delegate* unmanaged<ulong>)page : null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_gettime(int clock, out TimeSpecification time);
}
