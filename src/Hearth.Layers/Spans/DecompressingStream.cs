using Hearth.Distribution;

namespace Hearth.Layers.Spans;

/// <summary>A layer's uncompressed bytes, from front to back, while a <see cref="SpanRecorder"/> divides it into spans.</summary>
public abstract class DecompressingStream(Stream compressed, SpanRecorder recorder) : ForwardStream
{
    private const int InputBytes = 256 << 10;

    private readonly byte[] input = new byte[InputBytes];
    private int inputStart;
    private int inputEnd;

    public override long Position
    {
        get => Recorder.Position;
        set => throw new NotSupportedException();
    }

    protected SpanRecorder Recorder => recorder;

    /// <summary>Compressed bytes that were read and are not used yet.</summary>
    protected ReadOnlySpan<byte> Available => input.AsSpan(inputStart, inputEnd - inputStart);

    public static DecompressingStream Open(LayerCompression compression, Stream compressed, SpanRecorder recorder) => compression switch
    {
        LayerCompression.None => new PlainStream(compressed, recorder),
        LayerCompression.Gzip => new GzipStream(compressed, recorder),
        LayerCompression.Zstd => new ZstdStream(compressed, recorder),
        _ => throw new ArgumentOutOfRangeException(nameof(compression)),
    };

    /// <summary>Reads more if nothing is available.</summary>
    /// <returns>False at the end of the compressed layer.</returns>
    protected bool Fill()
    {
        if (inputStart == inputEnd)
        {
            inputStart = 0;
            inputEnd = compressed.Read(input);
        }

        return inputEnd > inputStart;
    }

    /// <summary>Marks available bytes as used.</summary>
    protected void Use(int count)
    {
        recorder.Consume(input.AsSpan(inputStart, count));
        inputStart += count;
    }

    protected static ImageException Corrupt(string format, string cause) =>
        new(ImageError.Malformed, $"cannot decompress the layer: its {format} stream {cause}");
}
