using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Rotation;

/// <summary>
/// Reads whole lines of a file that may be growing. Bytes after the last line end are not returned. They are read again at
/// the next call, since the writer may complete the line or cut it off.
/// </summary>
/// <param name="file">Owned by the cursor from now on.</param>
internal sealed class LineCursor(SafeFileHandle file) : IDisposable
{
    /// <summary>The longest line. A longer one was not written by Hearth and is skipped.</summary>
    public const int MostLineBytes = 64 << 10;

    // Allocated on first use, since often only the last few of many old files are read. It holds the file's bytes from bufferOffset
    // on: those before start are returned, those before end are read.
    private byte[] buffer = [];
    private long bufferOffset;
    private int start;
    private int scanned;
    private int end;
    private bool isSkipping;
    private long emptiedBytes;

    public SafeFileHandle File => file;

    public FileKey Key { get; } = FileKey.Of(file);

    /// <summary>The number of lines that were too long.</summary>
    public long Skipped { get; private set; }

    /// <summary>True if bytes follow the last line that was returned.</summary>
    public bool HasMore => RandomAccess.GetLength(file) > bufferOffset + start;

    /// <summary>Continues at an offset where a line begins.</summary>
    public void Seek(long offset)
    {
        bufferOffset = offset;
        start = scanned = end = 0;
    }

    /// <summary>Reads the next whole line; false at the current end.</summary>
    /// <param name="line">Without its line end; valid until the next call.</param>
    /// <param name="offset">The line's offset in the file; bytes read before the file was emptied still count.</param>
    public bool TryRead(out ReadOnlyMemory<byte> line, out long offset)
    {
        while (true)
        {
            int length = buffer.AsSpan(scanned, end - scanned).IndexOf((byte)'\n');
            if (length < 0)
            {
                scanned = end;
                if (Fill())
                {
                    continue;
                }

                line = default;
                offset = 0;
                return false;
            }

            line = buffer.AsMemory(start, scanned + length - start);
            offset = emptiedBytes + bufferOffset + start;
            start = scanned += length + 1;
            if (!isSkipping)
            {
                return true;
            }

            isSkipping = false;
        }
    }

    public void Dispose() => file.Dispose();

    private bool Fill()
    {
        MakeRoom();
        int count = RandomAccess.Read(file, buffer.AsSpan(end), bufferOffset + end);
        if (count > 0)
        {
            end += count;
            return true;
        }

        scanned = end = start;
        if (RandomAccess.GetLength(file) >= bufferOffset + start)
        {
            return false;
        }

        // Another process emptied the file in place, as `truncate -s 0` does. New content begins at offset 0.
        emptiedBytes += bufferOffset + start;
        Seek(0);
        return HasMore;
    }

    private void MakeRoom()
    {
        if (buffer.Length == 0)
        {
            buffer = new byte[MostLineBytes];
        }

        if (start == 0 && end == buffer.Length)
        {
            Skipped += isSkipping ? 0 : 1;
            isSkipping = true;
            start = end;
        }

        buffer.AsSpan(start, end - start).CopyTo(buffer);
        bufferOffset += start;
        end -= start;
        scanned -= start;
        start = 0;
    }
}
