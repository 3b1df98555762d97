using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Blobs;

/// <summary>
/// A blob's bytes from an offset to its end. When its connection breaks or stalls, it goes on over another one, from the byte
/// where it was. For one reader at a time.
/// </summary>
/// <param name="act">What it is for, to follow "cannot".</param>
/// <param name="offset">The first byte.</param>
/// <param name="size">The blob's.</param>
/// <param name="open">Opens the blob at an offset, once.</param>
/// <param name="retrying">Decides how often.</param>
internal sealed class BlobStream(string act, long offset, long size, Func<long, CancellationToken, Task<BlobBody>> open, Retrying retrying) : ForwardStream
{
    private long position = offset;
    private BlobBody? body;
    private int failures;

    /// <summary>What is left is <see cref="Length"/> less <see cref="Position"/>.</summary>
    public override long Length => size;

    public override long Position
    {
        get => position;
        set => throw new NotSupportedException();
    }

    /// <summary>Opens the first connection, so that what is wrong with the blob shows at once.</summary>
    /// <exception cref="ImageException">The blob cannot be read.</exception>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        while (position < size && body is null)
        {
            await TryAsync(async token => body = await open(position, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="ImageException">The blob cannot be read any further.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = 0;
        while (position < size && buffer.Length > 0 && count == 0)
        {
            await BeginAsync(cancellationToken).ConfigureAwait(false);
            await TryAsync(async token => count = await ReadOnceAsync(buffer, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Blocks the thread; for readers that have one of their own.</summary>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body?.Dispose();
            body = null;
        }

        base.Dispose(disposing);
    }

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await body!.Reader.ReadAsync(buffer[..(int)Math.Min(buffer.Length, size - position)], cancellationToken).ConfigureAwait(false);
        if (count == 0)
        {
            throw RequestException.Transient($"{body.Host} ended its answer {size - position} bytes early");
        }

        position += count;
        failures = 0;
        return count;
    }

    /// <summary>Does a step; if it fails for a reason that may pass, drops the connection and waits.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await step(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Drop();
            throw;
        }
        catch (RequestException exception)
        {
            Drop();
            await retrying.PauseAsync(act, ++failures, exception, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Drop()
    {
        body?.Dispose();
        body = null;
    }
}
