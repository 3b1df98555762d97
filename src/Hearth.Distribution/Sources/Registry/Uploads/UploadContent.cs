using System.Net;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Uploads;

/// <summary>A part of a blob as a request's body.</summary>
/// <param name="open">Opens the blob at an offset.</param>
/// <param name="offset">The part's first byte.</param>
/// <param name="length">The part's size in bytes.</param>
/// <param name="limits">How long a write may take, and the answer after the last one.</param>
/// <param name="allow">Called with the time that the next step may take.</param>
internal sealed class UploadContent(
    Func<long, CancellationToken, Task<Stream>> open, long offset, long length, RegistryLimits limits, Action<TimeSpan> allow) : HttpContent
{
    private const int BufferBytes = 64 << 10;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Stream source = await open(offset, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            byte[] buffer = new byte[(int)Math.Min(BufferBytes, Math.Max(length, 1))];
            for (long left = length; left > 0;)
            {
                allow(limits.StallTimeout);
                int count = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new ImageException(ImageError.StorageFailed, $"its bytes end {left} bytes early");
                }

                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                left -= count;
            }
        }

        allow(limits.CommitTimeout);
    }

    protected override bool TryComputeLength(out long bytes)
    {
        bytes = length;
        return true;
    }
}
