using System.Runtime.InteropServices;
using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>
/// A planned image as a readable disk: metadata comes from memory, file bytes from their source when they are read, and zeros
/// fill the gaps. Thread-safe; a read takes no lock, and allocates nothing itself unless it waits. The caller owns the
/// content source: the disk does not dispose it.
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
    /// Reads as pread does: all bytes up to the image's end, at most the destination's length; 0 at or behind the end.
    /// Completes synchronously unless a file's bytes must be awaited.
    /// </summary>
    /// <param name="offset">In bytes.</param>
    /// <param name="destination">The caller must not touch it before completion.</param>
    /// <param name="cancellationToken">Cancelled when no reader waits for the bytes any more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    /// <exception cref="DiskImageException">
    /// A source file cannot be read or has changed; the destination's content is undefined.
    /// </exception>
    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Interlocked.Increment(ref counters.Reads);
        int length = (int)Math.Clamp(Length - offset, 0, destination.Length);
        Memory<byte> left = destination[..length];
        return TryFill(ref offset, ref left, cancellationToken, out Piece awaited)
            ? ValueTask.FromResult(Finish(length))
            : AwaitAsync(awaited, offset, left, length, cancellationToken);
    }

    /// <summary>Completes a read that waits for a file, from that file's piece on.</summary>
    private async ValueTask<int> AwaitAsync(Piece awaited, long offset, Memory<byte> left, int length, CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                await awaited.Read.ConfigureAwait(false);
                Count(awaited);
            }
            while (!TryFill(ref offset, ref left, cancellationToken, out awaited));
        }
        catch
        {
            Interlocked.Increment(ref counters.Errors);
            throw;
        }

        return Finish(length);
    }

    private int Finish(int length)
    {
        Interlocked.Add(ref counters.BytesRead, length);
        return length;
    }

    /// <summary>Fills piece after piece until the destination is full, or a piece must be awaited or has failed.</summary>
    /// <param name="offset">Advances, also past the awaited piece.</param>
    /// <param name="left">The part still to be filled; shrinks accordingly.</param>
    /// <param name="cancellationToken">Passed to the content source.</param>
    /// <param name="awaited">The piece that is not complete.</param>
    /// <returns>True if the destination is full.</returns>
    private bool TryFill(ref long offset, ref Memory<byte> left, CancellationToken cancellationToken, out Piece awaited)
    {
        while (left.Length > 0)
        {
            Piece piece = StartPiece(offset, left, cancellationToken);
            offset += piece.Length;
            left = left[piece.Length..];
            if (!piece.Read.IsCompletedSuccessfully)
            {
                awaited = piece;
                return false;
            }

            piece.Read.GetAwaiter().GetResult();
            Count(piece);
        }

        awaited = default;
        return true;
    }

    /// <summary>
    /// Fills, or requests, the bytes from the offset on that one metadata region, one file or one gap between them covers.
    /// </summary>
    private Piece StartPiece(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int file = files.FindAtOrBefore(offset);
        if (file >= 0 && offset - files.StartOf(file) is long inFile && tree[files.NodeOf(file)].Size - inFile is > 0 and long leftInFile)
        {
            Memory<byte> piece = destination[..(int)Math.Min(destination.Length, leftInFile)];
            Touch(file);
            return new Piece(content.ReadAsync(files.NodeOf(file), inFile, piece, cancellationToken), piece.Length, IsContent: true);
        }

        return new Piece(ValueTask.CompletedTask, FillFromMemory(file, offset, destination.Span), IsContent: false);
    }

    private void Count(in Piece piece)
    {
        if (piece.IsContent)
        {
            Interlocked.Add(ref counters.ContentBytesRead, piece.Length);
        }
    }

    /// <summary>Fills the bytes from the offset on that one metadata region, or one gap between regions and files, covers.</summary>
    private int FillFromMemory(int fileBefore, long offset, Span<byte> destination)
    {
        int region = RegionAtOrBefore(offset);
        if (region >= 0 && offset - metadata[region].Offset is long inRegion && inRegion < metadata[region].Bytes.Length)
        {
            ReadOnlySpan<byte> left = metadata[region].Bytes.Span[(int)inRegion..];
            Span<byte> piece = Clip(destination, left.Length);
            left[..piece.Length].CopyTo(piece);
            return piece.Length;
        }

        long nextFile = fileBefore + 1 < files.Count ? files.StartOf(fileBefore + 1) : Length;
        long nextRegion = region + 1 < metadata.Length ? metadata[region + 1].Offset : Length;
        Span<byte> gap = Clip(destination, Math.Min(nextFile, nextRegion) - offset);
        gap.Clear();
        return gap.Length;
    }

    private static Span<byte> Clip(Span<byte> destination, long length) => destination[..(int)Math.Min(destination.Length, length)];

    /// <summary>A planner makes one to three regions, so a scan is faster than a search.</summary>
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

    /// <summary>The disk as a seekable stream for one reader at a time; disposing the stream does not affect the disk.</summary>
    public Stream OpenStream() => new VirtualDiskStream(this);

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

    /// <summary>A part of a read.</summary>
    /// <param name="Read">Completes when the bytes are in the destination.</param>
    /// <param name="Length">In bytes, above 0.</param>
    /// <param name="IsContent">Whether the bytes are a file's.</param>
    private readonly record struct Piece(ValueTask Read, int Length, bool IsContent);

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
