using System.Diagnostics;
using Hearth.Containers;
using Hearth.Records.Logs;

namespace Hearth.Bench;

/// <summary>Writing a container's output to its log, in files that are rotated as by default, and reading it again.</summary>
internal sealed class LogBenchmark : IBenchmark
{
    /// <summary>What one read of a pipe brings at most.</summary>
    private const int ChunkBytes = 64 << 10;

    private const int LineBytes = 100;
    private const long FloodBytes = 2L << 30;
    private const int SteadyLines = 300_000;
    private const int PromisedLines = 10_000;

    public string Name => "logs";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        byte[] line = [.. Enumerable.Repeat((byte)'x', LineBytes - 1), (byte)'\n'];
        byte[] chunk = [.. Enumerable.Repeat(line, ChunkBytes / LineBytes).SelectMany(bytes => bytes)];
        using ContainerLog log = ContainerLog.Open(workshop.Scratch, new LogOptions(), TimeProvider.System);
        double floodMs = Timing.Measure(() => Write(log, chunk, FloodBytes / chunk.Length));
        double megabytes = FloodBytes / 1e6;
        yield return new Figure("Logging a flood of lines", megabytes / floodMs * 1000, "MB/s", 200, AtLeast: true, $"{megabytes:F0} MB of output in lines of {LineBytes} bytes, {floodMs / 1000:F2} s");

        TimeSpan before = ProcessorTime();
        Write(log, line, SteadyLines);
        double seconds = (ProcessorTime() - before).TotalSeconds / SteadyLines * PromisedLines;
        yield return new Figure("Ten thousand lines a second, a write each", 100 * seconds, "% of a processor", 5, AtLeast: false, $"{seconds / PromisedLines * 1e6:F2} µs a line, the kernel's part included");

        long records = 0;
        double readMs = Timing.Measure(() => records = CountAsync(workshop.Scratch, new LogQuery()).GetAwaiter().GetResult());
        yield return new Figure("Reading all of a log", records / readMs, "thousand lines a second", null, AtLeast: true, $"{records:N0} records");
        double tailMs = Timing.Measure(() => CountAsync(workshop.Scratch, new LogQuery { Tail = 10 }).GetAwaiter().GetResult());
        yield return new Figure("Reading its last ten lines", tailMs, "ms", null, AtLeast: false, "of the same files");
    }

    private static void Write(ContainerLog log, byte[] bytes, long times)
    {
        for (long i = 0; i < times; i++)
        {
            log.Write(LogStream.StandardOutput, bytes);
        }
    }

    private static async Task<long> CountAsync(string directory, LogQuery query)
    {
        long count = 0;
        await foreach (LogRecord record in new LogReader(TimeProvider.System).ReadAsync(directory, query))
        {
            count++;
        }

        return count;
    }

    private static TimeSpan ProcessorTime()
    {
        using var own = Process.GetCurrentProcess();
        return own.TotalProcessorTime;
    }
}
