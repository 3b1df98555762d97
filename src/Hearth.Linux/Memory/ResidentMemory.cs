using System.Globalization;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Memory;

/// <summary>Memory that a process keeps but does not currently need.</summary>
public static unsafe partial class ResidentMemory
{
    private const int DoNotNeed = 4;

    /// <summary>
    /// Drops the pages of program files (madvise(2), MADV_DONTNEED), and returns the C library's free memory to the kernel.
    /// The pages return from the page cache when they are used again. Only mappings that are not writable and have no
    /// modified page (relocations) are dropped, so nothing is lost.
    /// </summary>
    public static void Trim()
    {
        _ = malloc_trim(0);
        (nint Start, nint Length)? mapping = null;
        foreach (string line in File.ReadAllLines("/proc/self/smaps"))
        {
            // proc(5): 55d0c0a00000-55d0c1400000 r-xp 00200000 fe:00 1234    /usr/bin/program
            // followed by lines such as: Anonymous:             0 kB
            if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                if (mapping is { } clean && line.EndsWith(" 0 kB", StringComparison.Ordinal))
                {
                    _ = madvise((void*)clean.Start, (nuint)clean.Length, DoNotNeed);
                }

                mapping = null;
            }
            else if (char.IsAsciiHexDigitLower(line[0]))
            {
                mapping = OfUnwritableFile(line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries));
            }
        }
    }

    private static (nint Start, nint Length)? OfUnwritableFile(string[] fields)
    {
        if (fields is not [string range, ['r', '-', _, 'p'], _, _, not "0", ..] || range.Split('-') is not [string first, string end])
        {
            return null;
        }

        nint start = nint.Parse(first, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return (start, nint.Parse(end, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) - start);
    }

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint padding);

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}
