using System.Buffers;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>
/// Reads an answer's body, and fails when it stalls: when waiting for few bytes took long. Time between reads, when the
/// caller is busy, does not count.
/// </summary>
internal sealed class BodyReader(Stream stream, string host, RegistryLimits limits, TimeProvider time)
{
    private TimeSpan waited;
    private int received;

    public static async Task<BodyReader> OpenAsync(HttpResponseMessage answer, string host, RegistryLimits limits, TimeProvider time, CancellationToken cancellationToken) =>
        new(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), host, limits, time);

    /// <returns>0 at the end.</returns>
    /// <exception cref="RequestException">The connection broke or stalled; transient.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(limits.StallTimeout - waited, time);
        using CancellationTokenRegistration either = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        long start = time.GetTimestamp();
        try
        {
            int count = await stream.ReadAsync(destination, deadline.Token).ConfigureAwait(false);
            Count(count, time.GetElapsedTime(start));
            return count;
        }
        catch (OperationCanceledException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw RequestException.Transient($"{host} sent only {received} bytes in {limits.StallTimeout.TotalSeconds:0.#} s", exception);
        }
        catch (Exception exception) when (RequestException.IsOfConnection(exception))
        {
            throw RequestException.From(exception, host);
        }
    }

    /// <summary>Reads exactly as many bytes as there is room.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="arrived">Receives how many are there.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="RequestException">The connection broke or stalled, or the body is shorter; transient.</exception>
    public async Task FillAsync(Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        for (int filled = 0; filled < destination.Length;)
        {
            int count = await ReadAsync(destination[filled..], cancellationToken).ConfigureAwait(false);
            filled += count > 0 ? count : throw RequestException.Transient($"{host} ended its answer early");
            arrived?.Invoke(filled);
        }
    }

    /// <summary>Reads and forgets bytes.</summary>
    /// <exception cref="RequestException">The connection broke or stalled, or the body is shorter; transient.</exception>
    public async Task SkipAsync(long count, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(count, 64 << 10));
        try
        {
            for (; count > 0; count -= Math.Min(count, buffer.Length))
            {
                await FillAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), arrived: null, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="RequestException">The connection broke or stalled (transient), or the body is larger than allowed.</exception>
    public async Task<byte[]> ReadAllAsync(int mostBytes, CancellationToken cancellationToken)
    {
        using MemoryStream body = new();
        byte[] buffer = new byte[16 << 10];
        for (int count; (count = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            body.Write(buffer, 0, count);
            if (body.Length > mostBytes)
            {
                throw new RequestException(ImageError.Malformed, $"{host} sends more than {mostBytes} bytes");
            }
        }

        return body.ToArray();
    }

    private void Count(int count, TimeSpan elapsed)
    {
        received += count;
        waited += elapsed;
        if (received >= limits.LeastBytesBeforeStall || waited >= limits.StallTimeout)
        {
            received = 0;
            waited = TimeSpan.Zero;
        }
    }
}
