namespace Hearth.Distribution;

/// <summary>How large the content of compressed bytes may be. Both limits refuse bytes that are made to fill a disk.</summary>
public static class DecompressionLimit
{
    /// <summary>Larger than any image in use.</summary>
    public const long MostContentBytes = 256L << 30;

    /// <summary>deflate reaches 1,032; zstd reaches some 30,000, but only for zeros and other repetitions.</summary>
    public const int MostRatio = 2000;

    /// <summary>Contents up to this size may have any ratio: an empty disk image compresses very well.</summary>
    public const long BytesOfAnyRatio = 1L << 30;

    /// <param name="contentBytes">Decompressed so far.</param>
    /// <param name="compressedBytes">Read so far.</param>
    /// <param name="what">What it is, such as <c>the layer sha256:…</c>.</param>
    /// <exception cref="ImageException">A limit is exceeded.</exception>
    public static void Check(long contentBytes, long compressedBytes, string what)
    {
        if (contentBytes > MostContentBytes)
        {
            throw new ImageException(ImageError.Malformed, $"cannot use {what}: its content has more than {MostContentBytes >> 30} GiB, the limit");
        }

        if (contentBytes > BytesOfAnyRatio && contentBytes / MostRatio > compressedBytes)
        {
            throw new ImageException(
                ImageError.Malformed,
                $"cannot use {what}: its content is more than {MostRatio} times as large as its compressed bytes, the limit for contents above {BytesOfAnyRatio >> 30} GiB");
        }
    }
}
