using Hearth.Distribution;

namespace Hearth.Layers;

/// <summary>A layer's uncompressed bytes, wherever they are. Thread-safe.</summary>
public interface ILayerContent : IDisposable
{
    /// <summary>Fills the whole destination. Completes synchronously if the bytes are local.</summary>
    /// <exception cref="ImageException">They cannot be had; wrong bytes are never returned.</exception>
    ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);
}
