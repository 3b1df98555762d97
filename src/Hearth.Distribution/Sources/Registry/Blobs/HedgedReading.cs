using System.Buffers;

namespace Hearth.Distribution.Sources.Registry.Blobs;

/// <summary>Reads a range; when that takes unusually long, asks a second time and takes what arrives first.</summary>
/// <param name="read">Reads the range once, with repetition on failures.</param>
/// <param name="delay">When to ask again.</param>
/// <param name="time">The clock.</param>
internal sealed class HedgedReading(Func<Memory<byte>, Action<int>?, CancellationToken, Task> read, HedgeDelay delay, TimeProvider time)
{
    /// <summary>Fills the destination.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="arrived">Receives how many bytes the first request has brought.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async Task FillAsync(Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task first = read(destination, arrived, end.Token);
        if (!await IsLateAsync(first, destination.Length, cancellationToken).ConfigureAwait(false) || !delay.TryTake(destination.Length))
        {
            await first.ConfigureAwait(false);
        }
        else
        {
            await RaceAsync(first, destination, end).ConfigureAwait(false);
        }

        delay.Add(destination.Length, time.GetElapsedTime(start));
    }

    private async Task<bool> IsLateAsync(Task first, int bytes, CancellationToken cancellationToken)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task late = Task.Delay(delay.Current(bytes), time, enough.Token);
        bool isLate = await Task.WhenAny(first, late).ConfigureAwait(false) == late && !cancellationToken.IsCancellationRequested;
        await enough.CancelAsync().ConfigureAwait(false);
        return isLate;
    }

    /// <summary>
    /// The second request has a buffer of its own. It becomes the result only once the first has ended, since both would
    /// write to the destination.
    /// </summary>
    private async Task RaceAsync(Task first, Memory<byte> destination, CancellationTokenSource end)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(destination.Length);
        Memory<byte> own = buffer.AsMemory(0, destination.Length);
        Task second = read(own, null, end.Token);
        Task winner = await Task.WhenAny(first, second).ConfigureAwait(false);
        winner = winner.IsCompletedSuccessfully ? winner : winner == first ? second : first;
        await winner.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(first, second).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!first.IsCompletedSuccessfully && second.IsCompletedSuccessfully)
        {
            own.CopyTo(destination);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        await (second.IsCompletedSuccessfully ? second : first).ConfigureAwait(false);
    }
}
