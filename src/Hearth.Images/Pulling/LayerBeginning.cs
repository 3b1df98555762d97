using System.Buffers.Binary;
using Hearth.Distribution;
using Hearth.Layers;

namespace Hearth.Images.Pulling;

/// <summary>
/// A layer of which the first bytes are read already: they say how it is compressed. Manifests are wrong about that now and then, and
/// docker, containerd and podman look at the bytes, too.
/// </summary>
internal sealed class LayerBeginning : ForwardStream
{
    private const int MagicBytes = 4;

    /// <summary>RFC 8878: the magic numbers of a frame, and of the sixteen kinds of skippable frames.</summary>
    private const uint ZstdFrame = 0xFD2FB528;
    private const uint ZstdSkippable = 0x184D2A50;

    private readonly byte[] first = new byte[MagicBytes];
    private readonly int count;
    private readonly Stream rest;
    private int position;

    /// <param name="layer">The layer from its first byte on; the caller keeps its ownership.</param>
    public LayerBeginning(Stream layer)
    {
        rest = layer;
        count = layer.ReadAtLeast(first, MagicBytes, throwOnEndOfStream: false);
        Compression = first.AsSpan(0, count) switch
        {
            [0x1f, 0x8b, ..] => LayerCompression.Gzip,
            { Length: MagicBytes } magic when BinaryPrimitives.ReadUInt32LittleEndian(magic) is ZstdFrame or (>= ZstdSkippable and <= (ZstdSkippable | 0xf)) => LayerCompression.Zstd,
            _ => LayerCompression.None,
        };
    }

    public LayerCompression Compression { get; }

    public override int Read(Span<byte> buffer)
    {
        if (position == count)
        {
            return rest.Read(buffer);
        }

        int taken = Math.Min(buffer.Length, count - position);
        first.AsSpan(position, taken).CopyTo(buffer);
        position += taken;
        return taken;
    }
}
