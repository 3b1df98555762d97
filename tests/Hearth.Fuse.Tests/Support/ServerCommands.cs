using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Tests.Support;

/// <summary>What the test program does as a process of its own: it serves or reads a <see cref="PatternFile"/> and reports on itself.</summary>
internal static class ServerCommands
{
    public const string FileName = "rootfs.img";
    public const int LengthInBytes = 8 << 20;

    private const int ReadSizeInBytes = 4096;

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            await (arguments switch
            {
                ["detached"] => ServeAsync(StartDetached),
                ["at", string point] => ServeAsync(() => FuseSession.StartAt(point, [NewFile()])),
                ["holding"] => ServeHoldingAsync(),
                ["stuck", string point, string reads] => ServeStuckAsync(point, int.Parse(reads, CultureInfo.InvariantCulture)),
                ["map", string path] => MapAsync(path),
                ["cycles", string count] => CycleAsync(int.Parse(count)),
                ["allocations", string count] => CountAllocationsAsync(int.Parse(count)),
                _ => throw new ArgumentException($"unknown server command: {string.Join(' ', arguments)}"),
            });
            return 0;
        }
        catch (FuseException failure)
        {
            Console.WriteLine($"{failure.Error} {failure.Message}");
            return 1;
        }
    }

    private static PatternFile NewFile() => new(FileName, LengthInBytes);

    private static FuseSession StartDetached() => FuseSession.StartDetached([NewFile()], new() { Caching = FuseCaching.None });

    /// <summary>Says where the file is and serves until standard input ends.</summary>
    private static async Task ServeAsync(Func<FuseSession> start)
    {
        await using FuseSession session = start();
        Console.WriteLine(session.PathOf(FileName));
        await Console.In.ReadToEndAsync();
    }

    /// <summary>As detached, but with the file open in the serving process itself.</summary>
    private static async Task ServeHoldingAsync()
    {
        await using FuseSession session = StartDetached();
        using SafeFileHandle held = session.OpenFile(FileName);
        byte[] first = new byte[ReadSizeInBytes];
        RandomAccess.Read(held, first, 0);
        Console.WriteLine(session.PathOf(FileName));
        await Console.In.ReadToEndAsync();
    }

    /// <summary>Serves a file whose bytes never come, and says so when so many reads wait for them.</summary>
    private static async Task ServeStuckAsync(string point, int reads)
    {
        var file = new GatedFile(FileName, LengthInBytes);
        await using FuseSession session = FuseSession.StartAt(point, [file]);
        Console.WriteLine(session.PathOf(FileName));
        await file.WaitForReadsAsync(reads);
        Console.WriteLine("somebody waits");
        await Console.In.ReadToEndAsync();
    }

    /// <summary>Starts and stops sessions, reading from each, and says how many descriptors and threads there are more than after the first.</summary>
    private static async Task CycleAsync(int count)
    {
        byte[] buffer = new byte[ReadSizeInBytes];
        (int Descriptors, int Threads) before = default;
        for (int i = 0; i <= count; i++)
        {
            await using (FuseSession session = StartDetached())
            {
                using SafeFileHandle file = session.OpenFile(FileName);
                RandomAccess.Read(file, buffer, i);
            }

            if (i == 0)
            {
                before = CountHeld();
            }
        }

        (int Descriptors, int Threads) after = CountHeld();
        Console.WriteLine($"{after.Descriptors - before.Descriptors} {after.Threads}");
    }

    /// <summary>
    /// Reads from its own session and says how many bytes were allocated meanwhile, in the whole process: the least of some
    /// rounds, since the session takes on a thread now and then.
    /// </summary>
    private static async Task CountAllocationsAsync(int count)
    {
        const int rounds = 5;
        await using FuseSession session = StartDetached();
        using SafeFileHandle file = session.OpenFile(FileName);
        byte[] buffer = new byte[ReadSizeInBytes];
        ReadMany(file, buffer, count);
        long least = long.MaxValue;
        for (int round = 0; round < rounds; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            ReadMany(file, buffer, count);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Console.WriteLine(least);
    }

    private static void ReadMany(SafeFileHandle file, byte[] buffer, int count)
    {
        for (int i = 0; i < count; i++)
        {
            RandomAccess.Read(file, buffer, (long)i * ReadSizeInBytes % LengthInBytes);
        }
    }

    /// <summary>
    /// Maps another process's file and says its SHA-256. In the serving process that would not do: a thread that touches a
    /// map keeps the garbage collector waiting, and the collector keeps who has the bytes waiting.
    /// </summary>
    private static async Task MapAsync(string path)
    {
        using var map = MemoryMappedFile.CreateFromFile(File.OpenHandle(path), null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        await using MemoryMappedViewStream view = map.CreateViewStream(0, new FileInfo(path).Length, MemoryMappedFileAccess.Read);
        Console.WriteLine(Convert.ToHexString(await SHA256.HashDataAsync(view)));
    }

    private static (int Descriptors, int Threads) CountHeld()
    {
        int threads = Directory.GetDirectories("/proc/self/task").Count(task => File.ReadAllText($"{task}/comm").Trim() == "fuse");
        return (Directory.GetFileSystemEntries("/proc/self/fd").Length, threads);
    }
}
