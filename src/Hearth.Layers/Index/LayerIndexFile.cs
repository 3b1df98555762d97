using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Hearth.Distribution;
using Hearth.Distribution.References;
using Hearth.Layers.Spans;

namespace Hearth.Layers.Index;

/// <summary>
/// A layer's index as a file or blob. The windows are another. Numbers are little-endian. docs/images.md explains each field.
/// <code>
/// magic 8 "hearthLI" | version 4 | compression 1 | form 1 | 0 2
/// compressed size 8 | size 8 | entries 4 | spans 4 | bytes of entries 8 | bytes of file digests 8
/// digests of the layer, of the content, of the windows: each length 1 or 2, text
/// each span: length 4 | compressed start 8 | compressed length 4 | kind 1 | bits 1 | 0 2 | window length 4 | window's digest 16 | SHA-256 32
/// entries | file digests, each 8 | SHA-256 of everything before 32
/// </code>
/// </summary>
public static class LayerIndexFile
{
    public const int Version = 2;

    private const int SpanBytes = 72;

    /// <summary>All other fields, with digests of SHA-512.</summary>
    private const int MostHeaderBytes = 512;

    /// <summary>32 KiB that do not compress have some bytes more as a zstd frame.</summary>
    private const int MostWindowBytes = 64 << 10;

    private static ReadOnlySpan<byte> Magic => "hearthLI"u8;

    public static byte[] Write(LayerIndex index)
    {
        MemoryStream bytes = new(MostHeaderBytes + (index.Spans.Count * SpanBytes) + index.Entries.Length + index.FileDigests.Length);
        using (BinaryWriter writer = new(bytes, Encoding.ASCII, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write((byte)index.Compression);
            writer.Write((byte)index.Form);
            writer.Write((ushort)0);
            writer.Write(index.CompressedSize);
            writer.Write(index.Size);
            writer.Write(index.EntryCount);
            writer.Write(index.Spans.Count);
            writer.Write((long)index.Entries.Length);
            writer.Write((long)index.FileDigests.Length);
            writer.Write(index.Layer.ToString());
            writer.Write(index.Content.ToString());
            writer.Write(index.WindowsDigest.ToString());
            foreach (LayerSpan span in index.Spans)
            {
                Write(writer, span);
            }

            writer.Write(index.Entries.Span);
            writer.Write(index.FileDigests.Span);
        }

        bytes.Write(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        return bytes.ToArray();
    }

    /// <exception cref="ImageException">The bytes are no index of this version, or are damaged.</exception>
    public static LayerIndex Read(ReadOnlyMemory<byte> file)
    {
        if (file.Length < SHA256.HashSizeInBytes || !SHA256.HashData(file.Span[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(file.Span[^SHA256.HashSizeInBytes..]))
        {
            throw Malformed("it is damaged");
        }

        try
        {
            return Parse(file[..^SHA256.HashSizeInBytes]);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            throw Malformed("it is too short");
        }
    }

    private static void Write(BinaryWriter writer, LayerSpan span)
    {
        writer.Write(span.Length);
        writer.Write(span.CompressedStart);
        writer.Write(span.CompressedLength);
        writer.Write((byte)span.Kind);
        writer.Write(span.Bits);
        writer.Write((ushort)0);
        writer.Write(span.WindowLength);
        writer.Write(span.WindowLength > 0 ? span.WindowDigest.Span : stackalloc byte[LayerSpan.WindowDigestBytes]);
        writer.Write(span.Digest.Span);
    }

    private static LayerIndex Parse(ReadOnlyMemory<byte> file)
    {
        Cursor cursor = new(file);
        if (!cursor.Take(Magic.Length).Span.SequenceEqual(Magic) || cursor.TakeInt32() != Version)
        {
            throw Malformed("it is no index of this version");
        }

        byte compression = cursor.TakeByte();
        if (compression > (byte)LayerCompression.Zstd)
        {
            throw Malformed($"its compression {compression} is unknown");
        }

        byte form = cursor.TakeByte();
        if (form > (byte)IndexForm.Chunks)
        {
            throw Malformed($"its form {form} is unknown");
        }

        cursor.Take(2);
        long compressedSize = cursor.TakeInt64();
        long size = cursor.TakeInt64();
        int entryCount = cursor.TakeInt32();
        int spanCount = cursor.TakeInt32();
        int entryBytes = checked((int)cursor.TakeInt64());
        int fileDigestBytes = checked((int)cursor.TakeInt64());
        Digest layer = Digest.Parse(cursor.TakeText());
        Digest content = Digest.Parse(cursor.TakeText());
        Digest windows = Digest.Parse(cursor.TakeText());
        LayerSpan[] spans = ReadSpans(ref cursor, spanCount, size, compressedSize);
        LayerIndex index = new()
        {
            Layer = layer,
            Content = content,
            Compression = (LayerCompression)compression,
            Form = (IndexForm)form,
            CompressedSize = compressedSize,
            Size = size,
            EntryCount = entryCount,
            Spans = spans,
            Entries = cursor.Take(entryBytes),
            FileDigests = cursor.Take(fileDigestBytes),
            WindowsDigest = windows,
        };
        return cursor.IsAtEnd && entryCount >= 0 && fileDigestBytes % LayerIndex.FileDigestBytes == 0 ? index : throw Malformed("its lengths do not fit");
    }

    private static LayerSpan[] ReadSpans(ref Cursor cursor, int count, long size, long compressedSize)
    {
        ReadOnlyMemory<byte> table = cursor.Take(checked(count * SpanBytes));
        Cursor records = new(table);
        var spans = new LayerSpan[count];
        long start = 0;
        long windowStart = 0;
        for (int i = 0; i < count; i++)
        {
            int length = records.TakeInt32();
            long compressedStart = records.TakeInt64();
            int compressedLength = records.TakeInt32();
            byte kind = records.TakeByte();
            byte bits = records.TakeByte();
            records.Take(2);
            int windowLength = records.TakeInt32();
            ReadOnlyMemory<byte> windowDigest = records.Take(LayerSpan.WindowDigestBytes);
            ReadOnlyMemory<byte> digest = records.Take(SHA256.HashSizeInBytes);
            bool isSound = length is > 0 and <= SpanRecorder.MostUncompressedBytes
                && compressedStart >= 0 && compressedLength is > 0 and <= SpanRecorder.MostUncompressedBytes && compressedStart <= compressedSize - compressedLength
                && kind <= (byte)SpanStart.Block && bits < 8 && windowLength is >= 0 and <= MostWindowBytes && length <= size - start;
            spans[i] = isSound
                ? new LayerSpan(start, length, compressedStart, compressedLength, (SpanStart)kind, bits, windowStart, windowLength, windowDigest, digest)
                : throw Malformed($"its span {i} does not fit");
            start += length;
            windowStart += windowLength;
        }

        return count == 0 || start == size ? spans : throw Malformed($"its spans have {start} bytes, and the layer {size}");
    }

    private static ImageException Malformed(string cause) => new(ImageError.Malformed, $"cannot read the layer's index: {cause}");

    /// <summary>Reads fields in their order. Past the end it throws <see cref="ArgumentException"/>.</summary>
    private ref struct Cursor(ReadOnlyMemory<byte> bytes)
    {
        private int position;

        public readonly bool IsAtEnd => position == bytes.Length;

        public ReadOnlyMemory<byte> Take(int count)
        {
            ReadOnlyMemory<byte> taken = bytes.Slice(position, count);
            position += count;
            return taken;
        }

        public byte TakeByte() => Take(1).Span[0];

        public int TakeInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)).Span);

        public long TakeInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)).Span);

        /// <summary>The length is as BinaryWriter writes it: seven bits in a byte, lowest first, with the eighth set if more follow.</summary>
        public string TakeText()
        {
            int length = TakeByte();
            if (length > sbyte.MaxValue)
            {
                length = (length & sbyte.MaxValue) | (TakeByte() << 7);
            }

            return Encoding.ASCII.GetString(Take(length).Span);
        }
    }
}
