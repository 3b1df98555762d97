using Hearth.Containers;
using Hearth.Records;

namespace Hearth.Worker.Metrics;

/// <summary>The disk space of what Hearth stores. Directories are walked in the background, at most once a minute, and only if somebody asks.</summary>
internal sealed class DiskReading(HearthDirectories directories, TimeProvider clock)
{
    private static readonly TimeSpan age = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private long readAt;
    private Task<IReadOnlyDictionary<string, double>>? newest;
    private Task<IReadOnlyDictionary<string, double>>? last;

    /// <summary>The values by kind: the newest that are there, or the first ones that come. A second at most passes before an empty answer.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ReadAsync(TimeSpan timeout)
    {
        Task<IReadOnlyDictionary<string, double>> reading;
        lock (gate)
        {
            if (newest is null or { IsCompleted: true } && (newest is null || clock.GetElapsedTime(readAt) > age))
            {
                last = newest ?? last;
                newest = Task.Run(Walk);
                readAt = clock.GetTimestamp();
            }

            reading = newest is { IsCompletedSuccessfully: true } || last is not { IsCompletedSuccessfully: true } ? newest! : last;
        }

        await Task.WhenAny(reading, Task.Delay(timeout, clock));
        return reading.IsCompletedSuccessfully ? await reading : new Dictionary<string, double>();
    }

    /// <summary>Free bytes and size of the file system with the state directory.</summary>
    public (long Free, long Size) ReadFileSystem()
    {
        string place = directories.State;
        while (!Directory.Exists(place))
        {
            place = Path.GetDirectoryName(place)!;
        }

        DriveInfo drive = new(place);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    private IReadOnlyDictionary<string, double> Walk() => new Dictionary<string, double>
    {
        ["containers"] = DiskUse.BytesIn(directories.Records),
        ["images"] = DiskUse.BytesIn(directories.Images),
        ["prepared_disks"] = DiskUse.BytesIn(directories.Cache),
        ["volumes"] = DiskUse.BytesIn(directories.Volumes),
        ["kernels"] = DiskUse.BytesIn(directories.Kernels),
        ["scratch"] = DiskUse.BytesIn(directories.Scratch),
    };
}
