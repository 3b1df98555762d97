using System.Buffers.Binary;

namespace Hearth.DiskImages;

/// <summary>Bounds-checked reads from an untrusted image; every failure is a typed error with its offset.</summary>
internal sealed class ImageBytes
{
    /// <summary>Readers advance through metadata in small steps; one window serves many of them.</summary>
    private const int WindowInBytes = 64 * 1024;

    /// <summary>No structure of either format that is read in one piece is larger.</summary>
    private const int MostBytesAtOnce = 1 << 20;

    /// <summary>A hole of exbibytes costs a hostile image nothing, and scanning it would take too long.</summary>
    private const long MostGapBytesScanned = 4L << 30;

    private readonly Stream stream;
    private byte[] window = new byte[WindowInBytes];
    private long windowStart;
    private int windowLength;
    private long gapBytesScanned;

    public ImageBytes(Stream stream)
    {
        this.stream = stream;
        Length = stream.Length;
    }

    public long Length { get; }

    /// <summary>The bytes at an offset; valid until the next read.</summary>
    /// <param name="offset">In the image.</param>
    /// <param name="length">In bytes.</param>
    /// <param name="what">What is being read, for the message of a failure.</param>
    public ReadOnlySpan<byte> Read(long offset, int length, string what)
    {
        Check(offset, length, what);
        if (length > MostBytesAtOnce)
        {
            throw Unsupported(offset, $"{what} of {length} bytes is larger than {MostBytesAtOnce}");
        }

        if (!IsInWindow(offset, length))
        {
            Fill(offset, length, WindowInBytes);
        }

        return window.AsSpan((int)(offset - windowStart), length);
    }

    public ushort ReadU16(long offset, string what) => BinaryPrimitives.ReadUInt16LittleEndian(Read(offset, sizeof(ushort), what));

    public uint ReadU32(long offset, string what) => BinaryPrimitives.ReadUInt32LittleEndian(Read(offset, sizeof(uint), what));

    public ulong ReadU64(long offset, string what) => BinaryPrimitives.ReadUInt64LittleEndian(Read(offset, sizeof(ulong), what));

    /// <summary>Throws if a range is not wholly within the image.</summary>
    public void Check(long offset, long length, string what)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
        {
            throw Corrupt(offset, $"{what} of {length} bytes reaches past the image's end at {Length}");
        }
    }

    /// <summary>Whether a gap contains only zeros; false also if the gaps are too many or too large to scan.</summary>
    public bool IsZero(long offset, long length)
    {
        gapBytesScanned += Math.Min(length, MostGapBytesScanned + 1);
        if (gapBytesScanned > MostGapBytesScanned)
        {
            return false;
        }

        for (long end = offset + length; offset < end;)
        {
            int piece = (int)Math.Min(WindowInBytes, end - offset);
            if (!IsInWindow(offset, piece))
            {
                // Only the gap: the bytes behind it may belong to a file that nothing has read yet.
                Fill(offset, piece, piece);
            }

            if (window.AsSpan((int)(offset - windowStart), piece).ContainsAnyExcept((byte)0))
            {
                return false;
            }

            offset += piece;
        }

        return true;
    }

    public static DiskImageException Corrupt(long offset, string what) => new(DiskImageError.Corrupt, $"the image is corrupt at offset {offset}: {what}");

    public static DiskImageException Unsupported(long offset, string what) =>
        new(DiskImageError.Unsupported, $"the image has an unsupported feature at offset {offset}: {what}");

    private bool IsInWindow(long offset, int length) => offset >= windowStart && offset + length <= windowStart + windowLength;

    /// <summary>Moves the window to the offset: at least <paramref name="length"/> bytes, and up to <paramref name="ahead"/>.</summary>
    private void Fill(long offset, int length, int ahead)
    {
        if (window.Length < length)
        {
            window = new byte[MostBytesAtOnce];
        }

        windowStart = offset;
        windowLength = 0;
        try
        {
            stream.Position = offset;
            windowLength = stream.ReadAtLeast(window.AsSpan(0, (int)Math.Min(Math.Max(length, ahead), Length - offset)), length, throwOnEndOfStream: true);
        }
        catch (Exception failure) when (failure is IOException or NotSupportedException)
        {
            throw new DiskImageException(DiskImageError.SourceUnreadable, $"cannot read {length} bytes of the image at offset {offset}: {failure.Message}", failure);
        }
    }
}
