using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources;
using Hearth.Layers.Spans;

namespace Hearth.Images.Lazy;

/// <summary>Reads the windows of spans from the lazy layer's file, and fetches those that are not there.</summary>
internal sealed class WindowFetch(LazyFiles files, IImageSource source, LazyStatistics statistics, TimeProvider clock)
{
    /// <summary>An index has about so many for a layer of 100 MB.</summary>
    private const int SpansAtOnce = 512;

    /// <summary>Of windows that are fetched, those behind them come too: a request takes as long for so many bytes as for one.</summary>
    private const int LeastBytes = 16 << 10;

    private const int MostAttempts = 2;

    private readonly Descriptor blob = new() { DigestText = files.Index.WindowsDigest.ToString(), Size = files.Index.WindowBytes };

    private IReadOnlyList<LayerSpan> Spans => files.Index.Spans;

    /// <summary>Reads the windows of spans that follow each other.</summary>
    /// <param name="first">The first span.</param>
    /// <param name="end">Behind the last.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The bytes from the first span's window on; verified.</returns>
    /// <exception cref="ImageException">The source fails or gives wrong bytes.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(int first, int end, CancellationToken cancellationToken)
    {
        long start = Spans[first].WindowStart;
        byte[] windows = new byte[Spans[end - 1].WindowEnd - start];
        _ = RandomAccess.Read(files.Windows, windows, start);
        if (FindWrong(first, end, windows) is null)
        {
            return windows;
        }

        byte[] fetched = new byte[Math.Min(Math.Max(windows.Length, LeastBytes), blob.Size - start)];
        for (int attempt = 1; ; attempt++)
        {
            await statistics.CountAsync(() => source.ReadRangeAsync(blob, start, fetched, cancellationToken), fetched.Length, clock).ConfigureAwait(false);
            if (FindWrong(first, end, fetched) is not { } wrong)
            {
                // Those behind are verified when a span needs them.
                RandomAccess.Write(files.Windows, fetched, start);
                return fetched.AsMemory(0, windows.Length);
            }

            if (!source.TryAvoid(blob) && attempt >= MostAttempts)
            {
                throw new ImageException(
                    ImageError.DigestMismatch,
                    $"cannot use the layer {files.Layer.Digest}: the bytes before {Spans[wrong].Start} from {source.Name} are not what the index says; the registry or the connection is faulty");
            }
        }
    }

    /// <summary>Fetches those that no span needed so far.</summary>
    /// <exception cref="ImageException">The source fails or gives wrong bytes.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        for (int first = 0; first < Spans.Count; first += SpansAtOnce)
        {
            await ReadAsync(first, Math.Min(first + SpansAtOnce, Spans.Count), cancellationToken).ConfigureAwait(false);
        }
    }

    private int? FindWrong(int first, int end, ReadOnlySpan<byte> windows)
    {
        for (int i = first; i < end; i++)
        {
            LayerSpan span = Spans[i];
            ReadOnlySpan<byte> window = windows.Slice((int)(span.WindowStart - Spans[first].WindowStart), span.WindowLength);
            if (span.WindowLength > 0 && !LayerSpan.DigestOfWindow(window).Span.SequenceEqual(span.WindowDigest.Span))
            {
                return i;
            }
        }

        return null;
    }
}
