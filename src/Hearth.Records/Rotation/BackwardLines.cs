using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Rotation;

/// <summary>The whole lines of a file from its end to its beginning. Bytes after the last line end are skipped.</summary>
internal sealed class BackwardLines
{
    private readonly SafeFileHandle file;
    private readonly byte[] buffer = new byte[LineCursor.MostLineBytes + 1];
    private long bufferOffset;

    // Bytes of the buffer before this offset are not yet returned; the last of them ends a line.
    private int end;

    public BackwardLines(SafeFileHandle file)
    {
        this.file = file;
        End = FindEnd();
        bufferOffset = End;
    }

    /// <summary>The file's offset after its last whole line.</summary>
    public long End { get; }

    /// <summary>Reads the previous line; false at the file's beginning.</summary>
    /// <param name="line">Without its line end; valid until the next call.</param>
    /// <param name="offset">The line's offset in the file.</param>
    public bool TryRead(out ReadOnlyMemory<byte> line, out long offset)
    {
        while (bufferOffset + end > 0)
        {
            int start = end == 0 ? 0 : buffer.AsSpan(0, end - 1).LastIndexOf((byte)'\n') + 1;
            if (start > 0 || (bufferOffset == 0 && end > 0))
            {
                line = buffer.AsMemory(start, end - 1 - start);
                offset = bufferOffset + start;
                end = start;
                return true;
            }

            Fill();
        }

        line = default;
        offset = 0;
        return false;
    }

    /// <summary>Fills the buffer so that it ends with the next line. A line too long for the buffer is skipped.</summary>
    private void Fill()
    {
        long wanted = bufferOffset + end;
        if (end == buffer.Length)
        {
            wanted = FindLineEnd(bufferOffset);
        }

        bufferOffset = Math.Max(0, wanted - buffer.Length);
        end = RandomAccess.Read(file, buffer.AsSpan(0, (int)(wanted - bufferOffset)), bufferOffset);
        if (bufferOffset + end != wanted)
        {
            // Another process emptied the file.
            bufferOffset = 0;
            end = 0;
        }
    }

    private long FindEnd() => FindLineEnd(RandomAccess.GetLength(file));

    /// <summary>The offset after the last newline before an offset; 0 if there is none.</summary>
    private long FindLineEnd(long before)
    {
        while (before > 0)
        {
            long from = Math.Max(0, before - buffer.Length);
            int count = RandomAccess.Read(file, buffer.AsSpan(0, (int)(before - from)), from);
            int newline = buffer.AsSpan(0, count).LastIndexOf((byte)'\n');
            if (newline >= 0)
            {
                return from + newline + 1;
            }

            before = from;
        }

        return 0;
    }
}
