using System.Buffers;
using ZstdSharp;

namespace Hearth.Layers.Spans;

/// <summary>A layer compressed by zstd (RFC 8878). A span can begin at a frame; most layers have only one.</summary>
internal sealed class ZstdStream(Stream compressed, SpanRecorder recorder) : DecompressingStream(compressed, recorder)
{
    private readonly Decompressor decompressor = new();
    private readonly ZstdFrames frames = new();

    /// <summary>Available bytes that belong to the current frame.</summary>
    private int inFrame;

    private bool isBetweenFrames = true;

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (!Fill() && isBetweenFrames)
            {
                return 0;
            }

            if (isBetweenFrames && Recorder.WantsFreshSpan)
            {
                Recorder.BeginFresh();
            }

            int produced = Advance(buffer);
            if (produced > 0)
            {
                return produced;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        decompressor.Dispose();
        base.Dispose(disposing);
    }

    private int Advance(Span<byte> buffer)
    {
        if (inFrame == 0)
        {
            inFrame = frames.Advance(Available);
        }

        bool hadInput = inFrame > 0;
        OperationStatus status = decompressor.UnwrapStream(Available[..inFrame], buffer, out int consumed, out int produced);
        Use(consumed);
        inFrame -= consumed;
        Recorder.Produce(produced);
        isBetweenFrames = frames.IsBetween && inFrame == 0 && status != OperationStatus.DestinationTooSmall;
        return status switch
        {
            OperationStatus.InvalidData => throw Corrupt("zstd", $"is damaged at byte {Recorder.CompressedPosition}"),
            _ when produced == 0 && !hadInput && !isBetweenFrames => throw Corrupt("zstd", "ends in the middle"),
            _ => produced,
        };
    }
}
