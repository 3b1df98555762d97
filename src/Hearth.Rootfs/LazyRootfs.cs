using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Fuse;
using Hearth.Guest.Protocol.Messages;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>
/// A root as a disk that is never written: a virtual image, shown as one file by a FUSE session of this process. The file's
/// bytes are read from the root's source when a reader requests them.
/// </summary>
public sealed class LazyRootfs : IRootfs
{
    private readonly RootfsPlan prepared;
    private readonly ImagePlan plan;
    private readonly IContentSource content;
    private readonly VirtualDisk disk;
    private readonly FuseSession session;

    private LazyRootfs(RootfsPlan prepared, IContentSource content, VirtualDisk disk, FuseSession session)
    {
        this.prepared = prepared;
        plan = prepared.Plan.Image;
        this.content = content;
        this.disk = disk;
        this.session = session;
    }

    public ImageFormat Format => plan.Format;

    /// <summary>The path at which other processes open the image; valid until this is disposed of.</summary>
    public string ImagePath => session.PathOf(ServedDisk.FileName);

    /// <summary>Completes when the session ends; early only if the mount is unmounted.</summary>
    public Task<FuseSessionEnd> Ended => session.Completion;

    /// <summary>What was read so far.</summary>
    public RootfsReport Report
    {
        get
        {
            VirtualDiskStatistics statistics = disk.Statistics;
            LatencySummary times = session.Statistics.ReadLatency;
            return new RootfsReport
            {
                Mode = "lazy",
                Format = RootfsPlanning.FileSystemOf(plan.Format),
                Cache = prepared.Cache,
                Nodes = plan.Tree.NodeCount,
                Files = plan.Tree.FileCount,
                ContentBytes = plan.Tree.ContentBytes,
                MetadataBytes = plan.MetadataBytes,
                ImageBytes = plan.Length,
                Reads = statistics.Reads,
                BytesRead = statistics.ContentBytesRead,
                FilesRead = statistics.FilesTouched,
                SourceFaults = content.FailedReads,
                ReadTimes = new DurationCounts([.. LatencySummary.Bounds.Select(bound => bound.TotalSeconds)], times.Counts, times.Total.TotalSeconds),
            };
        }
    }

    public RootAttributes? RootAttributes => null;

    public bool HasUserAttributes => plan.Tree.HasUserAttributes;

    /// <summary>What the format had no place for, for people.</summary>
    public IReadOnlyList<string> LeftOut => plan.LeftOut;

    /// <summary>The first files that could not be served as they were walked.</summary>
    public IReadOnlyList<SourceFault> Faults => content.Faults;

    /// <summary>Walks and plans the root, or takes the plan from the cache, and serves the disk.</summary>
    /// <param name="source">The root.</param>
    /// <param name="options">The binds over it, and the format.</param>
    /// <param name="cache">Stores plans; null for none.</param>
    /// <param name="mountPoint">
    /// An existing directory in which all processes see the image; null for a mount that is reachable only through
    /// <see cref="ImagePath"/>.
    /// </param>
    /// <param name="timeline">Records the phases.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    /// <exception cref="HearthException">The source cannot be read, or the host cannot serve.</exception>
    public static async Task<LazyRootfs> ServeAsync(
        IRootSource source, RootfsOptions options, ImageCache? cache, string? mountPoint, Timeline timeline, CancellationToken cancellationToken)
    {
        RootfsPlan prepared = await RootfsPlan.MakeAsync(source, options, cache, timeline, cancellationToken).ConfigureAwait(false);
        using Timeline.Measurement serving = timeline.Measure(PhaseNames.Serve);
        IContentSource? content = null;
        try
        {
            content = RootfsSources.Open(prepared.Plan.Tree, source, options.Binds);
            var disk = new VirtualDisk(prepared.Plan.Image, content);
            IFuseFile[] files = [new ServedDisk(disk)];
            FuseSession session = mountPoint is null ? FuseSession.StartDetached(files) : FuseSession.StartAt(mountPoint, files);
            return new LazyRootfs(prepared, content, disk, session);
        }
        catch (Exception exception)
        {
            content?.Dispose();
            await prepared.DisposeAsync().ConfigureAwait(false);
            if (RootfsFailures.Translate(exception) is { } failure)
            {
                throw failure;
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await session.DisposeAsync().ConfigureAwait(false);
        content.Dispose();
        await prepared.DisposeAsync().ConfigureAwait(false);
    }
}
