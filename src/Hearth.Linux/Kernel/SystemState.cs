using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Kernel;

/// <summary>Settings of the whole machine: host name, wall clock, entropy pool, power.</summary>
public static partial class SystemState
{
    private const int RealTimeClock = 0;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int RebootRestart = 0x01234567;
    private const int RebootKeysToInit = 0;

    /// <summary>RNDADDENTROPY: _IOW('R', 0x03, int[2]).</summary>
    private const ulong AddEntropyRequest = 0x40085203;

    public static void SetHostName(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        if (sethostname(bytes, (nuint)bytes.Length) != 0)
        {
            throw LinuxException.FromLastError("sethostname", name);
        }
    }

    /// <summary>Sets the wall clock.</summary>
    /// <param name="unixTimeNanoseconds">Nanoseconds since 1970.</param>
    public static void SetClock(long unixTimeNanoseconds)
    {
        TimeSpecification time = new()
        {
            Seconds = unixTimeNanoseconds / NanosecondsPerSecond,
            Nanoseconds = unixTimeNanoseconds % NanosecondsPerSecond,
        };
        if (clock_settime(RealTimeClock, in time) != 0)
        {
            throw LinuxException.FromLastError("clock_settime");
        }
    }

    /// <summary>Adds bytes to the kernel's entropy pool and credits all of their bits.</summary>
    public static void AddEntropy(ReadOnlySpan<byte> entropy)
    {
        // struct rand_pool_info: int entropy_count (bits), int buf_size (bytes), then the bytes.
        byte[] request = new byte[(2 * sizeof(int)) + entropy.Length];
        BinaryPrimitives.WriteInt32LittleEndian(request, entropy.Length * 8);
        BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(sizeof(int)), entropy.Length);
        entropy.CopyTo(request.AsSpan(2 * sizeof(int)));
        using SafeFileHandle pool = File.OpenHandle("/dev/urandom");
        if (ioctl(pool, (nuint)AddEntropyRequest, request) != 0)
        {
            throw LinuxException.FromLastError("ioctl RNDADDENTROPY", "/dev/urandom");
        }
    }

    /// <summary>Resets the machine without writing anything back. Returns only on failure.</summary>
    public static void Restart() => Reboot(RebootRestart);

    /// <summary>Makes Ctrl-Alt-Del send SIGINT to the first process; otherwise the kernel would restart immediately.</summary>
    public static void SendKeysToInit() => Reboot(RebootKeysToInit);

    private static void Reboot(int command)
    {
        if (reboot(command) != 0)
        {
            throw LinuxException.FromLastError("reboot");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sethostname(byte[] name, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int clock_settime(int clock, in TimeSpecification time);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, byte[] argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int reboot(int command);
}
