using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Rootfs;

/// <summary>A directory packed into a file. The file belongs to a cache, or to the container and is removed with it.</summary>
/// <param name="build">The image.</param>
/// <param name="fallbacks">The modes tried before.</param>
/// <param name="cached">The entry's lease; null for a file that belongs to the container.</param>
internal sealed class PackedRootfs(RootfsBuild build, IReadOnlyList<ModeFallback> fallbacks, CachedImage? cached) : IRootfs
{
    public string ImagePath => build.Path;

    public RootfsReport Report { get; } = new()
    {
        Mode = build.Mode,
        Fallbacks = fallbacks,
        Format = build.Mode,
        Cache = cached?.Use ?? CacheUse.Off,
        Nodes = build.Nodes,
        Files = build.Files,
        ContentBytes = build.ContentBytes,
        MetadataBytes = 0,
        ImageBytes = build.ImageBytes,
        DiskBytes = build.DiskBytes,
        Reads = 0,
        BytesRead = cached?.Use == CacheUse.Hit ? 0 : build.ContentBytes,
        FilesRead = cached?.Use == CacheUse.Hit ? 0 : build.Files,
        SourceFaults = 0,
    };

    public RootAttributes? RootAttributes => build.RootAttributes;

    public bool HasUserAttributes => build.HasUserAttributes;

    public IReadOnlyList<string> LeftOut => build.LeftOut;

    public IReadOnlyList<SourceFault> Faults => [];

    public ValueTask DisposeAsync()
    {
        if (cached is null)
        {
            File.Delete(ImagePath);
        }

        cached?.Lease.Dispose();
        return ValueTask.CompletedTask;
    }
}
