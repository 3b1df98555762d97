using Hearth.Distribution;

namespace Hearth.Images.Layers;

/// <summary>A stream whose bytes are shown to somebody else as they are read.</summary>
internal sealed class TappedStream(Stream inner, TappedStream.Tap tap) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        int count = inner.Read(buffer);
        tap(buffer[..count]);
        return count;
    }

    internal delegate void Tap(ReadOnlySpan<byte> bytes);
}
