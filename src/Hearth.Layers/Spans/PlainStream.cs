namespace Hearth.Layers.Spans;

/// <summary>A layer that is not compressed.</summary>
internal sealed class PlainStream(Stream layer, SpanRecorder recorder) : DecompressingStream(layer, recorder)
{
    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || !Fill())
        {
            return 0;
        }

        if (Recorder.WantsFreshSpan)
        {
            Recorder.BeginFresh();
        }

        int count = Math.Min(buffer.Length, Available.Length);
        Available[..count].CopyTo(buffer);
        Use(count);
        Recorder.Produce(count);
        return count;
    }
}
