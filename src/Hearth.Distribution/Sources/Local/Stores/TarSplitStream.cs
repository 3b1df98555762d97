using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>
/// A layer's archive, byte for byte, put together from the directory to which it was unpacked and what tar-split noted of
/// the rest. Seeking backwards begins anew; forwards, files are skipped unread.
/// </summary>
internal sealed class TarSplitStream : ForwardStream
{
    private readonly string notes;
    private readonly string directory;
    private readonly SafeFileHandle root;
    private TarSplitReader? reader;
    private ReadOnlyMemory<byte> segment;
    private SafeFileHandle? file;
    private string fileName = "";
    private long fileOffset;
    private long fileLeft;
    private long position;

    /// <param name="notes">The tar-split file.</param>
    /// <param name="directory">The unpacked layer.</param>
    /// <exception cref="IOException">They cannot be opened, or the file is malformed.</exception>
    public TarSplitStream(string notes, string directory)
    {
        this.notes = notes;
        this.directory = directory;
        Length = Measure(notes);
        root = ContentFiles.OpenDirectory(directory);
    }

    public override bool CanSeek => true;

    public override long Length { get; }

    public override long Position
    {
        get => position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <exception cref="IOException">A file of the layer is not there, is shorter, or cannot be read.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (segment.IsEmpty && fileLeft == 0)
        {
            if (!TryAdvance())
            {
                return 0;
            }
        }

        int count = buffer.IsEmpty ? 0 : segment.IsEmpty ? ReadFile(buffer) : ReadSegment(buffer);
        position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => position + offset,
            _ => Length + offset,
        };
        ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
        if (target < position)
        {
            Restart();
        }

        while (position < target && (!segment.IsEmpty || fileLeft > 0 || TryAdvance()))
        {
            long step = Math.Min(target - position, segment.IsEmpty ? fileLeft : segment.Length);
            if (segment.IsEmpty)
            {
                fileOffset += step;
                fileLeft -= step;
            }
            else
            {
                segment = segment[(int)step..];
            }

            position += step;
        }

        return position;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            reader?.Dispose();
            file?.Dispose();
            root.Dispose();
        }

        base.Dispose(disposing);
    }

    private static long Measure(string notes)
    {
        using TarSplitReader reader = new(notes);
        long length = 0;
        while (reader.TryRead(out TarSplitRecord? record))
        {
            length += record.Type == TarSplitRecord.File ? record.Size : record.Payload?.Length ?? 0;
            if (length > DecompressionLimit.MostContentBytes)
            {
                throw new IOException($"the layer of '{notes}' has more than {DecompressionLimit.MostContentBytes >> 30} GiB, the limit");
            }
        }

        return length;
    }

    private void Restart()
    {
        reader?.Dispose();
        reader = null;
        segment = default;
        file?.Dispose();
        file = null;
        fileLeft = 0;
        position = 0;
    }

    /// <summary>Goes on to the next part of the archive; it may be empty.</summary>
    private bool TryAdvance()
    {
        file?.Dispose();
        file = null;
        reader ??= new TarSplitReader(notes);
        if (!reader.TryRead(out TarSplitRecord? record))
        {
            return false;
        }

        if (record.Type == TarSplitRecord.Segment)
        {
            segment = record.Payload;
            return true;
        }

        fileName = record.RawName is { } raw ? ByteText.Decode(raw) : record.Name ?? "";
        (fileOffset, fileLeft) = (0, record.Size);
        if (fileLeft > 0)
        {
            // vfs has one directory with all lower layers: a parent may be a link there. None leads out of it.
            file = RootedPaths.TryOpenForReading(root, fileName, out Errno errno);
            Check("openat2", errno);
        }

        return true;
    }

    private int ReadSegment(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, segment.Length);
        segment.Span[..count].CopyTo(buffer);
        segment = segment[count..];
        return count;
    }

    private int ReadFile(Span<byte> buffer)
    {
        Check("pread", ContentFiles.TryRead(file!, buffer[..(int)Math.Min(buffer.Length, fileLeft)], fileOffset, out int count));
        fileOffset += count;
        fileLeft -= count;
        return count > 0 ? count : throw new IOException($"'{Path.Combine(directory, fileName.TrimStart('/'))}' is shorter than in the layer's archive");
    }

    private void Check(string call, Errno errno)
    {
        if (errno != Errno.None)
        {
            throw new LinuxException(call, errno, Path.Combine(directory, fileName.TrimStart('/')));
        }
    }
}
