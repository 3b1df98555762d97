using System.IO.Compression;
using ZstdSharp;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>The bytes of an archive, decompressed if gzip, zstd, xz or bzip2 compressed it, within <see cref="DecompressionLimit"/>.</summary>
public sealed class ArchiveStream : ForwardStream
{
    private const int HeadBytes = 6;

    private readonly string name;
    private readonly CountedStream compressed;
    private readonly Stream content;
    private long position;

    private ArchiveStream(string name, CountedStream compressed, Stream content)
    {
        this.name = name;
        this.compressed = compressed;
        this.content = content;
    }

    /// <summary>Reads an archive's first bytes and recognises how it is compressed.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="archive">The caller keeps its ownership.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">The host has no program that decompresses it.</exception>
    public static async Task<ArchiveStream> OpenAsync(string name, Stream archive, CancellationToken cancellationToken)
    {
        byte[] head = await ReadHeadAsync(archive, cancellationToken).ConfigureAwait(false);
        CountedStream compressed = new(head, archive);
        return new ArchiveStream(name, compressed, Recognise(head) switch
        {
            ArchiveCompression.Gzip => new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true),
            ArchiveCompression.Zstd => new DecompressionStream(compressed, leaveOpen: true),
            ArchiveCompression.Xz => DecompressorProcess.Start(name, "xz", "xz-utils", compressed),
            ArchiveCompression.Bzip2 => DecompressorProcess.Start(name, "bzip2", "bzip2", compressed),
            _ => compressed,
        });
    }

    /// <exception cref="ImageException">It cannot be decompressed, or exceeds a limit.</exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Count(content.Read(buffer));
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException)
        {
            throw Damaged(exception);
        }
    }

    /// <exception cref="ImageException">It cannot be decompressed, or exceeds a limit.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Count(await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException)
        {
            throw Damaged(exception);
        }
    }

    /// <summary>Whether an archive's first bytes are not those of compressed data. They are read.</summary>
    internal static async Task<bool> IsPlainAsync(string name, Stream archive, CancellationToken cancellationToken) =>
        Recognise(await ReadHeadAsync(archive, cancellationToken).ConfigureAwait(false)) == ArchiveCompression.None;

    protected override void Dispose(bool disposing)
    {
        content.Dispose();
        base.Dispose(disposing);
    }

    private static async Task<byte[]> ReadHeadAsync(Stream archive, CancellationToken cancellationToken)
    {
        byte[] head = new byte[HeadBytes];
        return head[..await archive.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false)];
    }

    private int Count(int count)
    {
        position += count;
        DecompressionLimit.Check(position, compressed.Count, $"'{name}'");
        return count;
    }

    private ImageException Damaged(Exception exception) =>
        new(ImageError.Malformed, $"cannot read '{name}': it cannot be decompressed: {exception.Message}", exception);

    private static ArchiveCompression Recognise(ReadOnlySpan<byte> head) => head switch
    {
        [0x1f, 0x8b, ..] => ArchiveCompression.Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ArchiveCompression.Zstd,
        [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => ArchiveCompression.Xz,
        [(byte)'B', (byte)'Z', (byte)'h', ..] => ArchiveCompression.Bzip2,
        _ => ArchiveCompression.None,
    };

    private enum ArchiveCompression
    {
        None,
        Gzip,
        Zstd,
        Xz,
        Bzip2,
    }

    /// <summary>Bytes that were read already, and then the rest of their stream.</summary>
    private sealed class CountedStream(ReadOnlyMemory<byte> head, Stream rest) : ForwardStream
    {
        private ReadOnlyMemory<byte> left = head;

        /// <summary>Bytes that were read.</summary>
        public long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            int count = left.IsEmpty ? rest.Read(buffer) : TakeLeft(buffer);
            Count += count;
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = left.IsEmpty ? await rest.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) : TakeLeft(buffer.Span);
            Count += count;
            return count;
        }

        private int TakeLeft(Span<byte> buffer)
        {
            int count = Math.Min(left.Length, buffer.Length);
            left.Span[..count].CopyTo(buffer);
            left = left[count..];
            return count;
        }
    }
}
