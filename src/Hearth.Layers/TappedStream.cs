using Hearth.Distribution;

namespace Hearth.Layers;

/// <summary>A stream whose bytes are shown to somebody else as they are read.</summary>
public sealed class TappedStream(Stream inner, TappedStream.Tap tap) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        int count = inner.Read(buffer);
        tap(buffer[..count]);
        return count;
    }

    public delegate void Tap(ReadOnlySpan<byte> bytes);
}
