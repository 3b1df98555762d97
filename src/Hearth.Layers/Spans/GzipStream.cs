using Hearth.Linux.Compression;

namespace Hearth.Layers.Spans;

/// <summary>
/// A layer compressed by gzip (RFC 1952): one member or several. A span can begin at a member, or at a deflate block by the
/// 32 KiB before it (the method of zlib's examples/zran.c), of which those bytes are stored that are needed.
/// </summary>
internal sealed class GzipStream(Stream compressed, SpanRecorder recorder) : DecompressingStream(compressed, recorder)
{
    private const int OutputBytes = 256 << 10;

    private readonly Inflater inflater = new();

    /// <summary>The window of the next block is always in front of the bytes to come.</summary>
    private readonly byte[] output = new byte[Inflater.WindowBytes + OutputBytes];

    private int readStart = Inflater.WindowBytes;
    private int outputEnd = Inflater.WindowBytes;
    private long inMember;
    private bool isBetweenMembers = true;

    public override int Read(Span<byte> buffer)
    {
        if (readStart == outputEnd && !Decompress())
        {
            return 0;
        }

        int count = Math.Min(buffer.Length, outputEnd - readStart);
        output.AsSpan(readStart, count).CopyTo(buffer);
        readStart += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        inflater.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Decompresses at least one byte into the output, all of which has been read.</summary>
    /// <returns>False at the end of the layer.</returns>
    private bool Decompress()
    {
        if (outputEnd == output.Length)
        {
            output.AsSpan(outputEnd - Inflater.WindowBytes).CopyTo(output);
            readStart = outputEnd = Inflater.WindowBytes;
        }

        int before = outputEnd;
        while (outputEnd == before)
        {
            if (!Fill())
            {
                return isBetweenMembers && Recorder.CompressedPosition > 0 ? false : throw Corrupt("gzip", "ends in the middle");
            }

            Advance();
        }

        return true;
    }

    private void Advance()
    {
        if (isBetweenMembers)
        {
            BeginMember();
        }

        InflateResult result = inflater.Inflate(Available, output.AsSpan(outputEnd), stopsAtBlocks: true);
        Use(result.Consumed);
        Recorder.Produce(result.Produced);
        outputEnd += result.Produced;
        inMember += result.Produced;
        switch (result.State)
        {
            case InflateState.Ended:
                isBetweenMembers = true;
                Recorder.EndStream();
                break;
            case InflateState.AtBlock when Recorder.WantsBlock:
                int window = (int)Math.Min(inMember, Inflater.WindowBytes);
                Recorder.OfferBlock(result.UnusedBits, output.AsSpan(outputEnd - window, window));
                break;
            case InflateState.Corrupt:
                throw Corrupt("gzip", $"is damaged at byte {Recorder.CompressedPosition}");
        }
    }

    private void BeginMember()
    {
        if (Recorder.WantsFreshSpan)
        {
            Recorder.BeginFresh();
        }

        inflater.ResetToGzip();
        inMember = 0;
        isBetweenMembers = false;
    }
}
