using System.Buffers;
using System.Security.Cryptography;
using Hearth.Distribution;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>
/// Fetches the rest of a lazy layer at the pace of its run. One process does it for all; if it ends before, the next one continues. At the end the layer is verified as a whole and
/// becomes one of the store's.
/// </summary>
/// <param name="content">The layer.</param>
/// <param name="pace">When the next request may run.</param>
/// <param name="pause">Between two attempts while the source fails.</param>
/// <param name="clock">The time of pauses.</param>
internal sealed class BackgroundFetch(LazyContent content, FetchPace pace, TimeSpan pause, TimeProvider clock)
{
    private const int BufferBytes = 1 << 20;

    private LazyFiles Files => content.Files;

    /// <summary>Runs until the layer is one of the store's, whichever process fetched it.</summary>
    /// <param name="completed">Called then.</param>
    /// <param name="failed">Called if the layer is wrong or cannot be stored, or the source refuses it. The lazy files of a wrong layer are removed.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task RunAsync(Action completed, Action<ImageException> failed, CancellationToken cancellationToken)
    {
        try
        {
            await Files.Map.LockBackgroundAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await FetchAllAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Files.Map.ReleaseBackground();
            }
        }
        catch (ImageException exception)
        {
            failed(exception);
            return;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Linux.LinuxException or ObjectDisposedException)
        {
            failed(new ImageException(ImageError.StorageFailed, $"cannot store the layer {Files.Layer.Digest}: {exception.Message}", exception));
            return;
        }

        completed();
    }

    private async Task FetchAllAsync(CancellationToken cancellationToken)
    {
        if (Files.Map.IsRefused)
        {
            throw Wrong();
        }

        if (!Files.AreInPlace())
        {
            // Another process has moved the layer to its place.
            return;
        }

        await Parallel.ForEachAsync(
            ListMissing(),
            new ParallelOptions { MaxDegreeOfParallelism = FetchPace.MostRequests, CancellationToken = cancellationToken },
            FetchInTurnAsync).ConfigureAwait(false);
        await RepeatAsync(() => FetchGapsAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        WindowFetch windows = new(Files, content.Source, content.Statistics, clock);
        await RepeatAsync(() => windows.CompleteAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        using WholeLayer? whole = await Task.Factory.StartNew(() => Verify(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        if (whole is null)
        {
            Files.Refuse();
            throw Wrong();
        }

        Files.Commit(whole);
    }

    /// <summary>The spans that are not there, as requests of the size that fits the pace.</summary>
    private IEnumerable<(int First, int Last)> ListMissing()
    {
        int last = Files.Map.Count - 1;
        for (int first = 0, end; first <= last; first = end + 1)
        {
            end = first;
            if (Files.Map.IsPresent(first))
            {
                continue;
            }

            for (int most = content.EndOfRequest(first, last, pace.MostRequestBytes); end < most && !Files.Map.IsPresent(end + 1);)
            {
                end++;
            }

            yield return (first, end);
        }
    }

    private async ValueTask FetchInTurnAsync((int First, int Last) spans, CancellationToken cancellationToken)
    {
        await pace.TakeTurnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await RepeatAsync(() => content.FetchAsync(spans.First, spans.Last, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            pace.EndTurn();
        }
    }

    private async Task RepeatAsync(Func<Task> attempt, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await attempt().ConfigureAwait(false);
                return;
            }
            catch (ImageException exception) when (LazyPolicy.IsTransient(exception))
            {
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Compressed bytes that belong to no span, such as an empty last gzip member.</summary>
    private async Task FetchGapsAsync(CancellationToken cancellationToken)
    {
        long covered = 0;
        foreach (LayerSpan span in Files.Index.Spans)
        {
            await FetchGapAsync(covered, span.CompressedStart, cancellationToken).ConfigureAwait(false);
            covered = Math.Max(covered, span.CompressedEnd);
        }

        await FetchGapAsync(covered, Files.Layer.Size, cancellationToken).ConfigureAwait(false);
    }

    private async Task FetchGapAsync(long start, long end, CancellationToken cancellationToken)
    {
        while (start < end)
        {
            byte[] bytes = new byte[Math.Min(BufferBytes, end - start)];
            long begin = start;
            await content.Statistics.CountAsync(() => content.Source.ReadRangeAsync(Files.Layer, begin, bytes, cancellationToken), bytes.Length, clock).ConfigureAwait(false);
            RandomAccess.Write(Files.Blob, bytes, start);
            start += bytes.Length;
        }
    }

    /// <returns>Null if the layer or its index is wrong.</returns>
    private WholeLayer? Verify(CancellationToken cancellationToken)
    {
        if (Files.Index.Form != IndexForm.Own)
        {
            return ForeignCompletion.Run(Files, cancellationToken);
        }

        using IncrementalHash layer = Files.Layer.Digest.CreateHash();
        using IncrementalHash whole = Files.Index.Content.CreateHash();
        return Files.Layer.Digest.Matches(Hash(Files.Blob, layer, cancellationToken))
            && Files.Index.Content.Matches(Hash(Files.Content, whole, cancellationToken))
            && IndexVerification.Describes(Files.Index, Files.Content, cancellationToken)
            ? WholeLayer.Of(Files)
            : null;
    }

    private static byte[] Hash(SafeFileHandle file, IncrementalHash hash, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long offset = 0;
            for (int count; (count = RandomAccess.Read(file, buffer, offset)) > 0; offset += count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer.AsSpan(0, count));
            }

            return hash.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ImageException Wrong() => new(
        ImageError.DigestMismatch, $"cannot use the layer {Files.Layer.Digest}: its bytes from {content.Source.Name} or its index do not have its digests; pull the image again");
}
