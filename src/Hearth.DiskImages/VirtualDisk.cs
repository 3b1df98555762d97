using System.Runtime.InteropServices;
using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>
/// A planned image as a disk to read from: metadata from memory, file bytes from their source on first touch, zeros
/// in between. Safe for any number of threads; a read takes no lock and allocates nothing of its own.
/// The content source stays its owner's: the disk does not dispose of it.
/// </summary>
public sealed class VirtualDisk
{
    private readonly MetadataRegion[] metadata;
    private readonly FileExtents files;
    private readonly Tree tree;
    private readonly IContentSource content;
    private readonly int[] touched;

    private Counters counters;

    /// <exception cref="ArgumentException">The plan's regions or files overlap, are out of order or reach past its end.</exception>
    public VirtualDisk(ImagePlan plan, IContentSource content)
    {
        metadata = [.. plan.Metadata];
        files = plan.Files;
        tree = plan.Tree;
        Length = plan.Length;
        this.content = content;
        touched = new int[(files.Count + 31) / 32];
        RefuseOverlaps();
    }

    /// <summary>The image's length in bytes.</summary>
    public long Length { get; }

    public VirtualDiskStatistics Statistics => new(
        Volatile.Read(ref counters.Reads),
        Volatile.Read(ref counters.BytesRead),
        Volatile.Read(ref counters.ContentBytesRead),
        Volatile.Read(ref counters.FilesTouched),
        Volatile.Read(ref counters.Errors));

    /// <summary>
    /// Reads as pread does: as many bytes as stand between the offset and the image's end, at most the destination's
    /// length; 0 from the end on.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="DiskImageException">A source file cannot be read or has changed; the destination holds nothing of use.</exception>
    public int Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Interlocked.Increment(ref counters.Reads);
        int length = (int)Math.Clamp(Length - offset, 0, destination.Length);
        try
        {
            Fill(offset, destination[..length]);
        }
        catch
        {
            Interlocked.Increment(ref counters.Errors);
            throw;
        }

        Interlocked.Add(ref counters.BytesRead, length);
        return length;
    }

    private void Fill(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int filled = FillFirstPiece(offset, destination);
            offset += filled;
            destination = destination[filled..];
        }
    }

    /// <summary>Fills what one metadata region, one file or one gap between them covers from the offset on.</summary>
    private int FillFirstPiece(long offset, Span<byte> destination)
    {
        int file = files.FindAtOrBefore(offset);
        if (file >= 0 && offset - files.StartOf(file) is long inFile && tree[files.NodeOf(file)].Size - inFile is > 0 and long leftInFile)
        {
            Span<byte> piece = Clip(destination, leftInFile);
            Touch(file);
            content.Read(files.NodeOf(file), inFile, piece);
            Interlocked.Add(ref counters.ContentBytesRead, piece.Length);
            return piece.Length;
        }

        int region = RegionAtOrBefore(offset);
        if (region >= 0 && offset - metadata[region].Offset is long inRegion && inRegion < metadata[region].Bytes.Length)
        {
            ReadOnlySpan<byte> left = metadata[region].Bytes.Span[(int)inRegion..];
            Span<byte> piece = Clip(destination, left.Length);
            left[..piece.Length].CopyTo(piece);
            return piece.Length;
        }

        long nextFile = file + 1 < files.Count ? files.StartOf(file + 1) : Length;
        long nextRegion = region + 1 < metadata.Length ? metadata[region + 1].Offset : Length;
        Span<byte> gap = Clip(destination, Math.Min(nextFile, nextRegion) - offset);
        gap.Clear();
        return gap.Length;
    }

    private static Span<byte> Clip(Span<byte> destination, long length) => destination[..(int)Math.Min(destination.Length, length)];

    /// <summary>A planner makes one to three regions, so a scan beats a search.</summary>
    private int RegionAtOrBefore(long offset)
    {
        int region = metadata.Length - 1;
        while (region >= 0 && metadata[region].Offset > offset)
        {
            region--;
        }

        return region;
    }

    private void Touch(int file)
    {
        ref int word = ref touched[file / 32];
        int bit = 1 << (file % 32);
        if ((Volatile.Read(ref word) & bit) == 0 && (Interlocked.Or(ref word, bit) & bit) == 0)
        {
            Interlocked.Increment(ref counters.FilesTouched);
        }
    }

    /// <summary>The disk as a seekable stream for one reader at a time; it owns nothing.</summary>
    public Stream OpenStream() => new VirtualDiskStream(this);

    /// <summary>Whether the file of an extent has been touched: what a report of laziness names.</summary>
    public bool IsTouched(int fileIndex) => (Volatile.Read(ref touched[fileIndex / 32]) & (1 << (fileIndex % 32))) != 0;

    private void RefuseOverlaps()
    {
        long end = 0;
        int file = 0;
        foreach (MetadataRegion region in metadata)
        {
            RefuseFilesUntil(region.Offset, ref file, ref end);
            Advance(region.Offset, region.Bytes.Length, ref end);
        }

        RefuseFilesUntil(Length, ref file, ref end);
        if (file < files.Count)
        {
            throw new ArgumentException($"a plan of {Length} bytes places a file at {files.StartOf(file)}");
        }
    }

    private void RefuseFilesUntil(long limit, ref int file, ref long end)
    {
        for (; file < files.Count && files.StartOf(file) < limit; file++)
        {
            Advance(files.StartOf(file), tree[files.NodeOf(file)].Size, ref end);
        }
    }

    private void Advance(long offset, long length, ref long end)
    {
        if (offset < end || length > Length - offset)
        {
            throw new ArgumentException($"a plan of {Length} bytes places {length} bytes at {offset}, and the piece before them ends at {end}");
        }

        end = offset + length;
    }

    /// <summary>On cache lines of their own, so that counting does not slow down readers of the fields above.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct Counters
    {
        [FieldOffset(64)]
        public long Reads;

        [FieldOffset(72)]
        public long BytesRead;

        [FieldOffset(80)]
        public long ContentBytesRead;

        [FieldOffset(88)]
        public long Errors;

        [FieldOffset(96)]
        public int FilesTouched;
    }
}
