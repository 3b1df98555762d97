namespace Hearth.Images.Traces;

/// <summary>
/// The bytes of a trace's ranges in their order, as a blob beside the image. They are divided into chunks of
/// <see cref="ChunkBytes"/>, the last one may be shorter; each chunk is a zstd frame.
/// </summary>
/// <param name="Digest">The blob's.</param>
/// <param name="Bytes">Uncompressed. The blob does not have what is behind them.</param>
/// <param name="Chunks">In their order.</param>
public sealed record TracePack(string Digest, long Bytes, IReadOnlyList<PackedChunk> Chunks)
{
    /// <summary>Smaller ones compress less. At 3 MB/s, one takes 30 ms.</summary>
    public const int ChunkBytes = 256 << 10;

    /// <summary>A start that reads more than this goes on with the layers.</summary>
    public const long MostBytes = 64 << 20;

    /// <summary>Of the SHA-256 of a chunk's uncompressed bytes.</summary>
    public const int DigestBytes = 16;

    /// <summary>Uncompressed.</summary>
    public int LengthOf(int chunk) => (int)Math.Min(ChunkBytes, Bytes - ((long)chunk * ChunkBytes));

    /// <summary>How many chunks so many bytes have.</summary>
    public static int CountOf(long bytes) => (int)((bytes + ChunkBytes - 1) / ChunkBytes);
}

/// <summary>A part of a <see cref="TracePack"/> that can be decompressed by itself.</summary>
/// <param name="Length">Compressed, in bytes.</param>
/// <param name="Digest">The first <see cref="TracePack.DigestBytes"/> bytes of the SHA-256 of its uncompressed bytes, in hexadecimal digits.</param>
public sealed record PackedChunk(int Length, string Digest);
