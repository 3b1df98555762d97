namespace Hearth.Layers.Spans;

/// <summary>What decompression needs at the beginning of a span. The numbers are stored in indexes.</summary>
public enum SpanStart : byte
{
    /// <summary>Nothing: the bytes are not compressed, or a gzip member or a zstd frame begins.</summary>
    Fresh = 0,

    /// <summary>A deflate block begins, which refers to the bytes before it.</summary>
    Block = 1,
}
