using Hearth.DiskImages;
using Hearth.Distribution;
using Hearth.FileTree;
using Hearth.Images.Traces;
using Hearth.Layers;
using Hearth.Layers.Merging;
using Hearth.Tar;

namespace Hearth.Images.Roots;

/// <summary>Reads the files of an image's merged tree from its layers, and those of binds over it from directories.</summary>
internal sealed class ImageContent : IContentSource
{
    private readonly WalkedTree walked;
    private readonly IReadOnlyList<ILayerContent> layers;
    private readonly Lazy<SparsePlaces> sparse;
    private readonly DirectoryContent? over;
    private readonly TraceRecorder? recorder;
    private readonly SourceFaults faults;

    /// <param name="walked">Nodes of origin 0 are the image's.</param>
    /// <param name="layers">In the order of the image; owned by this.</param>
    /// <param name="sparse">Where the parts of sparse files are.</param>
    /// <param name="over">The directories of other origins; may be null; owned by this.</param>
    /// <param name="recorder">Records what is read; may be null.</param>
    public ImageContent(WalkedTree walked, IReadOnlyList<ILayerContent> layers, Func<SparsePlaces> sparse, DirectoryContent? over, TraceRecorder? recorder)
    {
        this.walked = walked;
        this.layers = layers;
        this.sparse = new Lazy<SparsePlaces>(sparse);
        this.over = over;
        this.recorder = recorder;
        faults = new SourceFaults(walked.Tree, onFault: null);
    }

    public long FailedReads => faults.Count + (over?.FailedReads ?? 0);

    public IReadOnlyList<SourceFault> Faults => over is null ? faults.First : [.. faults.First, .. over.Faults];

    public ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (walked.Tree[node].Origin != 0)
        {
            return over!.ReadAsync(node, offset, destination, cancellationToken);
        }

        recorder?.Add(node, offset, destination.Length);
        SourceIdentity place = walked.IdentityOf(node);
        ValueTask read = SparsePlaces.IsNumber(place)
            ? ReadSparseAsync(place, offset, destination, cancellationToken)
            : layers[SparsePlaces.LayerOf(place)].ReadAsync((long)place.Position + offset, destination, cancellationToken);
        return read.IsCompletedSuccessfully ? read : AwaitAsync(read, node);
    }

    public void Dispose()
    {
        foreach (ILayerContent layer in layers)
        {
            layer.Dispose();
        }

        over?.Dispose();
    }

    private async ValueTask AwaitAsync(ValueTask read, NodeId node)
    {
        try
        {
            await read.ConfigureAwait(false);
        }
        catch (ImageException exception)
        {
            throw faults.Add(node, DiskImageError.SourceUnreadable, exception.Message);
        }
    }

    private async ValueTask ReadSparseAsync(SourceIdentity place, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        SparsePlace file = sparse.Value.All[(int)place.Position];
        destination.Span.Clear();
        long end = offset + destination.Length;
        long stored = file.DataOffset;
        foreach (SparseExtent part in file.Parts)
        {
            long first = Math.Max(part.Offset, offset);
            long last = Math.Min(part.Offset + part.Length, end);
            if (first < last)
            {
                Memory<byte> piece = destination.Slice((int)(first - offset), (int)(last - first));
                await layers[SparsePlaces.LayerOf(place)].ReadAsync(stored + first - part.Offset, piece, cancellationToken).ConfigureAwait(false);
            }

            stored += part.Length;
        }
    }
}
