using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text.Json;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>Reads a tar-split file: lines of JSON, compressed by gzip.</summary>
internal sealed class TarSplitReader : IDisposable
{
    /// <summary>Some hundred times what is usual: the headers between two files.</summary>
    private const int MostLineBytes = 64 << 20;

    private readonly string path;
    private readonly GZipStream lines;
    private byte[] buffer = new byte[1 << 16];
    private int begin;
    private int end;

    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public TarSplitReader(string path)
    {
        this.path = path;
        lines = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
    }

    /// <returns>False at the end.</returns>
    /// <exception cref="IOException">The file cannot be read or is malformed.</exception>
    public bool TryRead([NotNullWhen(true)] out TarSplitRecord? record)
    {
        try
        {
            ReadOnlySpan<byte> line;
            do
            {
                if (!TryReadLine(out line))
                {
                    record = null;
                    return false;
                }
            }
            while (line.IsEmpty);
            record = JsonSerializer.Deserialize(line, StoreJson.Default.TarSplitRecord);
            return record is { Type: TarSplitRecord.File or TarSplitRecord.Segment, Size: >= 0 and <= DecompressionLimit.MostContentBytes } ? true : throw Malformed("an entry is of an unknown kind or too large", null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw Malformed(exception.Message, exception);
        }
    }

    public void Dispose() => lines.Dispose();

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int length = buffer.AsSpan(begin + searched, end - begin - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = buffer.AsSpan(begin, searched + length);
                begin += searched + length + 1;
                return true;
            }

            searched = end - begin;
            if (!Fill())
            {
                line = buffer.AsSpan(begin, searched);
                begin = end;
                return searched > 0;
            }
        }
    }

    /// <returns>False at the end of the file.</returns>
    private bool Fill()
    {
        buffer.AsSpan(begin, end - begin).CopyTo(buffer);
        (begin, end) = (0, end - begin);
        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, end < MostLineBytes ? 2 * end : throw Malformed("a line is too long", null));
        }

        int count = lines.Read(buffer.AsSpan(end));
        end += count;
        return count > 0;
    }

    private IOException Malformed(string cause, Exception? inner) => new($"'{path}' is malformed: {cause}", inner);
}
