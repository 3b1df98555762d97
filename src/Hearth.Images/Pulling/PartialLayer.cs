using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Lazy;
using Hearth.Images.Store;

namespace Hearth.Images.Pulling;

/// <summary>
/// A layer that the store has in parts, from its first byte to its last: the parts are read where they are, and what is between them is
/// fetched, one piece ahead of the reader. The index only gives the places of the parts, so the reader must verify the whole layer.
/// </summary>
internal sealed class PartialLayer : ForwardStream
{
    private const int MostPieceBytes = 4 << 20;

    /// <summary>Of a layer with less, the one request for all of it takes less time than those for what is missing.</summary>
    private const double LeastPart = 0.25;

    private readonly LazyFiles files;
    private readonly IImageSource source;
    private readonly CancellationTokenSource end;
    private readonly Queue<(long Start, int Length)> missing;
    private Task<byte[]>? next;
    private byte[] piece = [];
    private long pieceStart;
    private long position;
    private bool isDisposed;

    private PartialLayer(LazyFiles files, IImageSource source, Queue<(long Start, int Length)> missing, CancellationToken cancellationToken)
    {
        this.files = files;
        this.source = source;
        this.missing = missing;
        end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        BeginNext();
    }

    /// <param name="store">May have parts.</param>
    /// <param name="source">Has the whole layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest that its content must have.</param>
    /// <param name="cancellationToken">Ends fetches.</param>
    /// <returns>Null if there are too few parts.</returns>
    public static PartialLayer? TryOpen(ImageStore store, IImageSource source, Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        if (store.TryReadLazyIndex(layer.Digest) is not { HasSpans: true } index || index.Content != content || LazyFiles.TryOpen(store.Paths, layer, content, index) is not { } files)
        {
            return null;
        }

        Queue<(long Start, int Length)> missing = new(ListMissing(files));
        if (missing.Sum(piece => (long)piece.Length) <= layer.Size * (1 - LeastPart))
        {
            return new PartialLayer(files, source, missing, cancellationToken);
        }

        files.Dispose();
        return null;
    }

    public override int Read(Span<byte> buffer)
    {
        if (position == files.Layer.Size || buffer.IsEmpty)
        {
            return 0;
        }

        if (position >= pieceStart + piece.Length && missing.TryPeek(out (long Start, int Length) first) && first.Start == position)
        {
            piece = next!.GetAwaiter().GetResult();
            pieceStart = position;
            missing.Dequeue();
            BeginNext();
        }

        long offset = position - pieceStart;
        int count = offset < piece.Length ? CopyPiece(buffer, (int)offset) : ReadPart(buffer);
        position += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !isDisposed)
        {
            isDisposed = true;
            end.Cancel();
            next?.ContinueWith(ended => _ = ended.Exception, TaskScheduler.Default);
            end.Dispose();
            files.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>What no span has that is there, in pieces.</summary>
    private static IEnumerable<(long Start, int Length)> ListMissing(LazyFiles files)
    {
        IEnumerable<(long Start, long End)> present = files.Index.Spans.Where((_, number) => files.Map.IsPresent(number)).Select(span => (span.CompressedStart, span.CompressedEnd));
        long covered = 0;
        foreach ((long start, long stop) in present.Append((files.Layer.Size, files.Layer.Size)))
        {
            for (int length; covered < start; covered += length)
            {
                length = (int)Math.Min(MostPieceBytes, start - covered);
                yield return (covered, length);
            }

            covered = Math.Max(covered, stop);
        }
    }

    private void BeginNext() => next = missing.TryPeek(out (long Start, int Length) following) ? FetchAsync(following.Start, following.Length) : null;

    private async Task<byte[]> FetchAsync(long start, int length)
    {
        byte[] bytes = new byte[length];
        await source.ReadRangeAsync(files.Layer, start, bytes, end.Token).ConfigureAwait(false);
        return bytes;
    }

    private int CopyPiece(Span<byte> buffer, int offset)
    {
        int count = Math.Min(buffer.Length, piece.Length - offset);
        piece.AsSpan(offset, count).CopyTo(buffer);
        return count;
    }

    private int ReadPart(Span<byte> buffer)
    {
        long stop = missing.TryPeek(out (long Start, int Length) first) ? first.Start : files.Layer.Size;
        int count = RandomAccess.Read(files.Blob, buffer[..(int)Math.Min(buffer.Length, stop - position)], position);
        return count > 0 ? count : throw new ImageException(ImageError.DigestMismatch, $"cannot use the parts of the layer {files.Layer.Digest}: their file ends at byte {position}");
    }
}
