using System.Text.Json;

namespace Hearth.Containers.Reports;

/// <summary>The report of one run: its machine, its root, how long each phase took, and how it ended.</summary>
public sealed record RunReport
{
    /// <summary>The VMM's name: <c>qemu</c>, <c>firecracker</c>; null if the run failed before one was chosen.</summary>
    public string? Vmm { get; init; }

    /// <summary>Why this VMM was chosen.</summary>
    public string? VmmReason { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>.</summary>
    public string? Accelerator { get; init; }

    /// <summary>How the VMM was isolated from the host; null if the run failed before the VMM existed.</summary>
    public ConfinementReport? Confinement { get; init; }

    /// <summary>The exit code of <c>hearth run</c>.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Why the run failed for a reason other than the workload; null if it did not.</summary>
    public string? Error { get; init; }

    public RootfsReport? Rootfs { get; init; }

    /// <summary>What passed the network; null for a container without one.</summary>
    public NetworkReport? Network { get; init; }

    public required IReadOnlyList<Phase> Phases { get; init; }

    /// <summary>
    /// Writes the report as JSON. A regular file is written completely or not at all; a pipe or a device is written directly.
    /// </summary>
    /// <exception cref="HearthException">The file cannot be written.</exception>
    public void WriteTo(string path)
    {
        try
        {
            byte[] json = [.. JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Default.RunReport), (byte)'\n'];
            AtomicFile.Write(path, file => file.Write(json));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot write the report '{path}': {exception.Message}", exception);
        }
    }
}

/// <summary>The VMM's part of a <see cref="RunReport"/>.</summary>
/// <param name="UserId">The VMM's user; null if it had this program's own rights.</param>
/// <param name="GroupId">The VMM's group; null likewise.</param>
/// <param name="Means">The means of isolation, a few words each.</param>
public sealed record ConfinementReport(uint? UserId, uint? GroupId, IReadOnlyList<string> Means);

/// <summary>The root file system's part of a <see cref="RunReport"/>.</summary>
public sealed record RootfsReport
{
    /// <summary><c>lazy</c>: served from its source, nothing copied; <c>squashfs</c>: packed; <c>ext4</c>: copied.</summary>
    public required string Mode { get; init; }

    /// <summary>The modes that were tried before, and why each failed.</summary>
    public IReadOnlyList<ModeFallback> Fallbacks { get; init; } = [];

    /// <summary>The file system: <c>squashfs</c>, <c>erofs</c> or <c>ext4</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Whether the cache had the root: <c>off</c>, <c>miss</c>, <c>hit</c>.</summary>
    public CacheUse Cache { get; init; }

    /// <summary>Files, directories, links and devices of the tree.</summary>
    public required long Nodes { get; init; }

    /// <summary>Regular files among them.</summary>
    public required long Files { get; init; }

    /// <summary>Bytes in all regular files.</summary>
    public required long ContentBytes { get; init; }

    public required long MetadataBytes { get; init; }

    public required long ImageBytes { get; init; }

    /// <summary>The disk space that the image occupies; 0 for one that was never written.</summary>
    public long DiskBytes { get; init; }

    /// <summary>Read requests that the guest's disk caused.</summary>
    public required long Reads { get; init; }

    /// <summary>Bytes of file contents read from the source.</summary>
    public required long BytesRead { get; init; }

    /// <summary>The number of distinct files of which something was read.</summary>
    public required long FilesRead { get; init; }

    /// <summary>Reads that failed because a source file had changed since the walk or could not be read.</summary>
    public required long SourceFaults { get; init; }

    /// <summary>How long the host took to answer <see cref="Reads"/>; null for a disk that it does not serve.</summary>
    public DurationCounts? ReadTimes { get; init; }

    /// <summary>How the image's layers came to the root; null for a directory.</summary>
    public ImageReport? Image { get; init; }
}

/// <summary>A mode that failed.</summary>
/// <param name="Mode">As in <see cref="RootfsReport.Mode"/>.</param>
/// <param name="Reason">One line for users.</param>
public sealed record ModeFallback(string Mode, string Reason);
