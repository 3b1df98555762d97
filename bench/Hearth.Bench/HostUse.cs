using System.Diagnostics;
using System.Globalization;

namespace Hearth.Bench;

/// <summary>What containers could leave behind, counted for the whole host.</summary>
internal sealed record HostUse(int Processes, int Mounts, long OpenFiles, long SlabBytes)
{
    private static readonly string[] programs = ["hearth", "qemu-system-x86"];

    public static HostUse Now() => new(
        programs.Sum(Count),
        File.ReadLines("/proc/self/mountinfo").Count(),
        long.Parse(File.ReadAllText("/proc/sys/fs/file-nr").Split('\t')[0], CultureInfo.InvariantCulture),
        LifeBenchmark.KilobytesOf("/proc/meminfo", "SUnreclaim:") * 1024);

    private static int Count(string program)
    {
        Process[] found = Process.GetProcessesByName(program);
        foreach (Process process in found)
        {
            process.Dispose();
        }

        return found.Length;
    }
}
