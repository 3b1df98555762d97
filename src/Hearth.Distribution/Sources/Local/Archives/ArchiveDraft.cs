using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>
/// Makes a file that can be read at any place of an archive. A plain archive in a file is that already; a compressed one, or
/// one from a pipe, is written to a file without a name.
/// </summary>
internal static class ArchiveDraft
{
    private const int CopyBytes = 1 << 20;
    private const int HeadBytes = 6;

    /// <param name="name">For messages.</param>
    /// <param name="path">The archive.</param>
    /// <param name="directory">For the file without a name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The file; it belongs to the caller.</returns>
    /// <exception cref="ImageException">The archive cannot be read or decompressed.</exception>
    public static async Task<SafeFileHandle> OpenAsync(string name, string path, string directory, CancellationToken cancellationToken)
    {
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            FileStream stream = new(file, FileAccess.Read, bufferSize: 0);
            if (stream.CanSeek)
            {
                byte[] head = new byte[HeadBytes];
                int count = await stream.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                stream.Seek(0, SeekOrigin.Begin);
                if (Recognise(name, head.AsSpan(0, count)) == ArchiveCompression.None)
                {
                    return file;
                }
            }

            using (stream)
            {
                return await SpoolAsync(name, stream, directory, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw LocalReading.Failure(name, exception);
        }
    }

    /// <summary>Reads an archive to its end, decompresses it if it is compressed, and writes it to a file without a name.</summary>
    /// <exception cref="ImageException">The archive cannot be read or decompressed.</exception>
    public static async Task<SafeFileHandle> SpoolAsync(string name, Stream archive, string directory, CancellationToken cancellationToken)
    {
        string path = Path.Combine(directory, $"archive-{Guid.NewGuid():N}");
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            File.Delete(path);
            await CopyAsync(name, archive, file, cancellationToken).ConfigureAwait(false);
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw LocalReading.Failure(name, exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException)
        {
            file?.Dispose();
            throw new ImageException(ImageError.Malformed, $"cannot read '{name}': it cannot be decompressed: {exception.Message}", exception);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private static async Task CopyAsync(string name, Stream archive, SafeFileHandle file, CancellationToken cancellationToken)
    {
        byte[] head = new byte[HeadBytes];
        int headBytes = await archive.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        CountedStream compressed = new(head.AsMemory(0, headBytes), archive);
        using Stream content = Recognise(name, head.AsSpan(0, headBytes)) switch
        {
            ArchiveCompression.Gzip => new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true),
            ArchiveCompression.Zstd => new DecompressionStream(compressed, leaveOpen: true),
            _ => compressed,
        };
        byte[] buffer = new byte[CopyBytes];
        long position = 0;
        for (int count; (count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0; position += count)
        {
            DecompressionLimit.Check(position + count, compressed.Count, $"'{name}'");
            await RandomAccess.WriteAsync(file, buffer.AsMemory(0, count), position, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="ImageException">It is compressed by what is not supported.</exception>
    private static ArchiveCompression Recognise(string name, ReadOnlySpan<byte> head) => head switch
    {
        [0x1f, 0x8b, ..] => ArchiveCompression.Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ArchiveCompression.Zstd,
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => throw Foreign(name, "xz"),
        [(byte)'B', (byte)'Z', (byte)'h', ..] => throw Foreign(name, "bzip2"),
        _ => ArchiveCompression.None,
    };

    private static ImageException Foreign(string name, string program) =>
        new(ImageError.Unsupported, $"cannot read '{name}': it is compressed by {program}, and only gzip and zstd are supported; '{program} -d' decompresses it");

    private enum ArchiveCompression
    {
        None,
        Gzip,
        Zstd,
    }

    /// <summary>Bytes that were read already, and then the rest of their stream.</summary>
    private sealed class CountedStream(ReadOnlyMemory<byte> head, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> left = head;

        /// <summary>Bytes that were read.</summary>
        public long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int count = left.IsEmpty ? rest.Read(buffer) : Math.Min(left.Length, buffer.Length);
            if (!left.IsEmpty)
            {
                left.Span[..count].CopyTo(buffer);
                left = left[count..];
            }

            Count += count;
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!left.IsEmpty)
            {
                return Read(buffer.Span);
            }

            int count = await rest.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            Count += count;
            return count;
        }
    }
}
