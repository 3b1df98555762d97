using Hearth.Distribution;
using Hearth.Distribution.References;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Layers;

/// <summary>Reads uncompressed bytes of a layer that are in a file.</summary>
/// <param name="layer">For messages.</param>
/// <param name="file">Its uncompressed bytes; owned by this.</param>
public sealed class StoredContent(Digest layer, SafeFileHandle file) : ILayerContent
{
    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            Read(offset, destination.Span);
            return ValueTask.CompletedTask;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return ValueTask.FromException(new ImageException(ImageError.StorageFailed, $"cannot read the layer {layer}: {exception.Message}", exception));
        }
    }

    public void Dispose() => file.Dispose();

    private void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int count = RandomAccess.Read(file, destination, offset);
            if (count == 0)
            {
                throw new EndOfStreamException($"it ends at {offset}");
            }

            offset += count;
            destination = destination[count..];
        }
    }
}
