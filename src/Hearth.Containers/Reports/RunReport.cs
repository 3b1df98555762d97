using System.Text.Json;

namespace Hearth.Containers.Reports;

/// <summary>What one run did: on what machine, from what root, how long each phase took, and how it ended.</summary>
public sealed record RunReport
{
    /// <summary>The VMM's name: <c>qemu</c>, <c>firecracker</c>; null where the run failed before one was chosen.</summary>
    public string? Vmm { get; init; }

    /// <summary>Why it was this one.</summary>
    public string? VmmReason { get; init; }

    /// <summary><c>kvm</c> or <c>tcg</c>.</summary>
    public string? Accelerator { get; init; }

    /// <summary>What kept the VMM from the host; null where the run failed before there was one.</summary>
    public ConfinementReport? Confinement { get; init; }

    /// <summary>What <c>hearth run</c> ends with.</summary>
    public required int ExitCode { get; init; }

    /// <summary>Why the run failed by no fault of the workload; null where it did not.</summary>
    public string? Error { get; init; }

    public RootfsReport? Rootfs { get; init; }

    public required IReadOnlyList<Phase> Phases { get; init; }

    /// <summary>Writes the report as JSON, whole or not at all; into a pipe or a device as it comes.</summary>
    /// <exception cref="HearthException">The file cannot be written.</exception>
    public void WriteTo(string path)
    {
        try
        {
            byte[] json = [.. JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Default.RunReport), (byte)'\n'];
            if (AtomicFile.MayReplace(path))
            {
                AtomicFile.Write(path, json);
            }
            else
            {
                File.WriteAllBytes(path, json);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot write the report '{path}': {exception.Message}", exception);
        }
    }
}

/// <summary>The VMM's part of a <see cref="RunReport"/>.</summary>
/// <param name="UserId">The user that it was; null where it had this program's own rights.</param>
/// <param name="GroupId">Likewise.</param>
/// <param name="Means">What kept it from the host, a few words each.</param>
public sealed record ConfinementReport(uint? UserId, uint? GroupId, IReadOnlyList<string> Means);

/// <summary>The root file system's part of a <see cref="RunReport"/>.</summary>
public sealed record RootfsReport
{
    /// <summary><c>lazy</c>: served from its source, nothing copied; <c>squashfs</c>: packed; <c>ext4</c>: copied.</summary>
    public required string Mode { get; init; }

    /// <summary>The modes that were tried before, and why each did not do.</summary>
    public IReadOnlyList<ModeFallback> Fallbacks { get; init; } = [];

    /// <summary>The file system: <c>squashfs</c>, <c>erofs</c> or <c>ext4</c>.</summary>
    public required string Format { get; init; }

    /// <summary>Whether the cache had it: <c>off</c>, <c>miss</c>, <c>hit</c>.</summary>
    public CacheUse Cache { get; init; }

    /// <summary>Files, directories, links and devices of the tree.</summary>
    public required long Nodes { get; init; }

    /// <summary>Regular files among them.</summary>
    public required long Files { get; init; }

    /// <summary>Bytes in all regular files.</summary>
    public required long ContentBytes { get; init; }

    public required long MetadataBytes { get; init; }

    public required long ImageBytes { get; init; }

    /// <summary>What the image takes on the disk; 0 for one that was never written.</summary>
    public long DiskBytes { get; init; }

    /// <summary>Read requests that the guest's disk caused.</summary>
    public required long Reads { get; init; }

    /// <summary>Bytes of file contents read from the source.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Distinct files of which something was read.</summary>
    public required long FilesRead { get; init; }

    /// <summary>Reads that failed since a source file was no longer what was walked, or could not be read.</summary>
    public required long SourceFaults { get; init; }
}

/// <summary>A mode that did not do.</summary>
/// <param name="Mode">As in <see cref="RootfsReport.Mode"/>.</param>
/// <param name="Reason">One line for people.</param>
public sealed record ModeFallback(string Mode, string Reason);
