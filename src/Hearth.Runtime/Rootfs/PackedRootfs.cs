using Hearth.DiskImages;
using Hearth.Runtime.Reports;

namespace Hearth.Runtime.Rootfs;

/// <summary>A directory that was packed into a file; the file is the container's own and goes with it.</summary>
/// <param name="build">The image.</param>
/// <param name="fallbacks">What was tried before.</param>
internal sealed class PackedRootfs(RootfsBuild build, IReadOnlyList<ModeFallback> fallbacks) : IRootfs
{
    public string ImagePath => build.Path;

    public RootfsReport Report { get; } = new()
    {
        Mode = build.Mode,
        Fallbacks = fallbacks,
        Format = build.Mode,
        Nodes = build.Nodes,
        Files = build.Files,
        ContentBytes = build.ContentBytes,
        MetadataBytes = 0,
        ImageBytes = build.ImageBytes,
        DiskBytes = build.DiskBytes,
        Reads = 0,
        BytesRead = build.ContentBytes,
        FilesRead = build.Files,
        SourceFaults = 0,
    };

    public IReadOnlyList<SourceFault> Faults => [];

    public ValueTask DisposeAsync()
    {
        File.Delete(ImagePath);
        return ValueTask.CompletedTask;
    }
}
