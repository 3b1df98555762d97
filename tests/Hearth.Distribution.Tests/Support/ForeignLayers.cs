using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hearth.Tar;

namespace Hearth.Distribution.Tests.Support;

/// <summary>A layer with somebody else's table of contents.</summary>
/// <param name="Blob">As a registry has it.</param>
/// <param name="Archive">Uncompressed.</param>
/// <param name="MediaType">Of the blob.</param>
/// <param name="Annotations">Of the layer in a manifest.</param>
/// <param name="Table">The uncompressed table of contents.</param>
internal sealed record ForeignLayer(byte[] Blob, byte[] Archive, string MediaType, IReadOnlyDictionary<string, string> Annotations, byte[] Table);

/// <summary>Writes layers as stargz-snapshotter and podman do, and zTOCs as soci-snapshotter does.</summary>
internal static class ForeignLayers
{
    public const int ChunkBytes = 256 << 10;

    private const int WindowBytes = 32768;
    private const int GzipHeaderBytes = 10;

    /// <summary>The entries of each layer: all kinds, among them a file of several chunks.</summary>
    public static IReadOnlyList<(TarEntry Entry, byte[] Data)> Entries { get; } = MakeEntries();

    /// <summary>A layer of eStargz: each chunk begins a gzip member, and the archive's last entry is the table.</summary>
    /// <param name="change">Changes the table before it is written; null for none.</param>
    public static ForeignLayer Stargz(Action<JsonArray>? change = null)
    {
        byte[] body = Archive(Entries, hasEnd: false);
        (byte[] members, JsonArray toc) = Compress(body, Gzip, endsChunks: false);
        change?.Invoke(toc);
        byte[] json = Json(toc);
        byte[] table = Archive([(new TarEntry { Type = TarEntryType.File, Name = "stargz.index.json"u8.ToArray(), Mode = 0x124, UserId = 0, GroupId = 0, Modified = default }, json)], hasEnd: true);
        string field = members.Length.ToString("x16", CultureInfo.InvariantCulture) + "STARGZ";
        byte[] footer = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 26, 0, (byte)'S', (byte)'G', 22, 0, .. Encoding.ASCII.GetBytes(field), 1, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0];
        return new ForeignLayer(
            [.. members, .. Gzip(table), .. footer], [.. body, .. table], "application/vnd.oci.image.layer.v1.tar+gzip",
            new Dictionary<string, string> { ["containerd.io/snapshot/stargz/toc.digest"] = DigestOf(json) }, json);
    }

    /// <summary>A layer of zstd:chunked: each chunk is a frame, and so is what is between chunks.</summary>
    /// <param name="zstd">Compresses to a frame.</param>
    /// <param name="change">Changes the table before it is written; null for none.</param>
    public static ForeignLayer Chunked(Func<byte[], byte[]> zstd, Action<JsonArray>? change = null)
    {
        byte[] archive = Archive(Entries, hasEnd: true);
        (byte[] frames, JsonArray toc) = Compress(archive, zstd, endsChunks: true);
        change?.Invoke(toc);
        byte[] json = Json(toc);
        byte[] table = zstd(json);
        string place = string.Create(CultureInfo.InvariantCulture, $"{frames.Length + 8}:{table.Length}:{json.Length}:1");
        return new ForeignLayer(
            [.. frames, 0x50, 0x2a, 0x4d, 0x18, .. BitConverter.GetBytes(table.Length), .. table], archive, "application/vnd.oci.image.layer.v1.tar+zstd",
            new Dictionary<string, string> { ["io.github.containers.zstd-chunked.manifest-checksum"] = DigestOf(table), ["io.github.containers.zstd-chunked.manifest-position"] = place }, json);
    }

    /// <summary>A usual gzip layer with its zTOC.</summary>
    /// <param name="entries">Of the layer.</param>
    /// <param name="isFirst">Whether it is of version 1, which leaves out the first checkpoint.</param>
    public static ForeignLayer Soci(IReadOnlyList<(TarEntry Entry, byte[] Data)> entries, bool isFirst = false)
    {
        byte[] archive = Archive(entries, hasEnd: true);
        MemoryStream blob = new();
        List<(long Compressed, long Start)> points = [(GzipHeaderBytes, 0)];
        using (GZipStream gzip = new(blob, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int start = 0; start < archive.Length; start += ChunkBytes)
            {
                if (start > 0)
                {
                    // A flush ends a block at the end of a byte.
                    gzip.Flush();
                    points.Add((blob.Length, start));
                }

                gzip.Write(archive.AsSpan(start, Math.Min(ChunkBytes, archive.Length - start)));
            }
        }

        byte[] bytes = blob.ToArray();
        return new ForeignLayer(
            bytes, archive, "application/vnd.oci.image.layer.v1.tar+gzip", new Dictionary<string, string>(),
            Ztoc(bytes, archive, [.. points.Select(point => (point.Compressed, point.Start, (byte)0))], isFirst));
    }

    /// <summary>The zTOC of a gzip layer.</summary>
    /// <param name="blob">The layer.</param>
    /// <param name="archive">Uncompressed.</param>
    /// <param name="points">Where spans begin: the first whole compressed byte, the uncompressed one, and bits of the byte before.</param>
    /// <param name="isFirst">Whether it is of version 1.</param>
    public static byte[] Ztoc(byte[] blob, byte[] archive, IReadOnlyList<(long Compressed, long Start, byte Bits)> points, bool isFirst = false)
    {
        MemoryStream checkpoints = new();
        using BinaryWriter writer = new(checkpoints);
        writer.Write(points.Count);
        writer.Write((long)ChunkBytes);
        foreach ((long compressed, long start, byte bits) in points.Skip(isFirst ? 1 : 0))
        {
            writer.Write(compressed);
            writer.Write(start);
            writer.Write(bits);
            byte[] window = new byte[WindowBytes];
            int length = (int)Math.Min(start, WindowBytes);
            archive.AsSpan((int)start - length, length).CopyTo(window.AsSpan(WindowBytes - length));
            writer.Write(window);
        }

        object[] digests =
        [
            .. points.Select((point, i) => Encoding.ASCII.GetBytes(DigestOf(
                blob.AsSpan()[(int)(point.Compressed - (point.Bits > 0 ? 1 : 0))..(int)(i + 1 < points.Count ? points[i + 1].Compressed : blob.Length)]))),
        ];
        object[] entries = [.. ReadEntries(archive).Select(Describe)];
        return FlatWriter.Write(
        [
            "0.9"u8.ToArray(), "tests"u8.ToArray(), (long)blob.Length, (long)archive.Length, new object?[] { entries.ToList() },
            new object?[] { null, points.Count - 1, digests.ToList(), checkpoints.ToArray() },
        ]);
    }

    public static byte[] Archive(IReadOnlyList<(TarEntry Entry, byte[] Data)> entries, bool hasEnd)
    {
        MemoryStream bytes = new();
        TarWriter writer = new(bytes);
        foreach ((TarEntry entry, byte[] data) in entries)
        {
            writer.Begin(entry with { SizeInBytes = data.Length });
            if (data.Length > 0)
            {
                writer.Write(data);
            }
        }

        writer.End();
        return hasEnd ? bytes.ToArray() : bytes.ToArray()[..^TarWriter.EndBytes];
    }

    public static string DigestOf(ReadOnlySpan<byte> bytes) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static IReadOnlyList<TarEntry> ReadEntries(byte[] archive)
    {
        TarReader reader = new(new MemoryStream(archive));
        List<TarEntry> entries = [];
        while (reader.Next(new ArchiveWarnings()) is { } entry)
        {
            entries.Add(entry);
        }

        return entries;
    }

    private static byte[] Gzip(byte[] bytes) => LayoutBuilder.Gzip(bytes);

    /// <summary>Compresses each chunk and what is between chunks by itself.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="compress">Compresses a part.</param>
    /// <param name="endsChunks">Whether a part ends with its chunk, and not before the next one.</param>
    private static (byte[] Compressed, JsonArray Toc) Compress(byte[] archive, Func<byte[], byte[]> compress, bool endsChunks)
    {
        MemoryStream compressed = new();
        JsonArray toc = [];
        int done = 0;
        void EndPart(long end)
        {
            if (end > done)
            {
                compressed.Write(compress(archive[done..(int)end]));
                done = (int)end;
            }
        }

        foreach (TarEntry entry in ReadEntries(archive))
        {
            JsonObject described = DescribeInJson(archive, entry);
            for (long start = 0; start < entry.SizeInBytes; start += ChunkBytes)
            {
                long length = Math.Min(ChunkBytes, entry.SizeInBytes - start);
                EndPart(entry.DataOffset + start);
                described["offset"] = compressed.Length;
                described["chunkOffset"] = start;
                described["chunkSize"] = start + length < entry.SizeInBytes ? length : 0;
                described["chunkDigest"] = entry.SizeInBytes > ChunkBytes || !endsChunks ? DigestOf(archive.AsSpan((int)(entry.DataOffset + start), (int)length)) : "";
                if (endsChunks)
                {
                    EndPart(entry.DataOffset + start + length);
                }

                toc.Add(described);
                described = new JsonObject { ["type"] = "chunk", ["name"] = described["name"]!.DeepClone() };
            }

            if (entry.SizeInBytes == 0)
            {
                toc.Add(described);
            }
        }

        EndPart(archive.Length);
        return (compressed.ToArray(), toc);
    }

    private static JsonObject DescribeInJson(byte[] archive, TarEntry entry)
    {
        JsonObject described = new()
        {
            ["name"] = entry.ShownName,
            ["type"] = Word(entry.Type),
            ["mode"] = entry.Mode,
            ["uid"] = entry.UserId,
            ["gid"] = entry.GroupId,
            ["modtime"] = Time(entry),
            ["linkName"] = Encoding.UTF8.GetString(entry.LinkName),
            ["devMajor"] = entry.DeviceMajor,
            ["devMinor"] = entry.DeviceMinor,
        };
        if (entry.SizeInBytes > 0)
        {
            described["size"] = entry.SizeInBytes;
            described["digest"] = DigestOf(archive.AsSpan((int)entry.DataOffset, (int)entry.SizeInBytes));
        }

        if (entry.Attributes.Count > 0)
        {
            described["xattrs"] = new JsonObject(entry.Attributes.Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)Convert.ToBase64String(attribute.Value))));
        }

        return described;
    }

    private static object?[] Describe(TarEntry entry) =>
    [
        entry.Name, Encoding.ASCII.GetBytes(Word(entry.Type)), entry.DataOffset, entry.SizeInBytes, entry.LinkName, (long)entry.Mode, entry.UserId, entry.GroupId, null, null,
        Encoding.ASCII.GetBytes(Time(entry)), (long)entry.DeviceMajor, (long)entry.DeviceMinor,
        entry.Attributes.Select(attribute => (object)new object?[] { Encoding.UTF8.GetBytes("SCHILY.xattr." + attribute.Key), attribute.Value }).ToList(),
    ];

    private static string Word(TarEntryType type) => type switch
    {
        TarEntryType.File => "reg",
        TarEntryType.HardLink => "hardlink",
        TarEntryType.SymbolicLink => "symlink",
        TarEntryType.CharacterDevice => "char",
        TarEntryType.BlockDevice => "block",
        TarEntryType.Directory => "dir",
        _ => "fifo",
    };

    private static string Time(TarEntry entry) => DateTimeOffset.FromUnixTimeSeconds(entry.Modified.Seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static byte[] Json(JsonArray entries) => Encoding.UTF8.GetBytes(new JsonObject { ["version"] = 1, ["entries"] = entries.DeepClone() }.ToJsonString());

    private static List<(TarEntry Entry, byte[] Data)> MakeEntries()
    {
        Random random = new(11);
        byte[] large = new byte[(5 * ChunkBytes) + 1000];
        random.NextBytes(large);
        large.AsSpan(ChunkBytes, ChunkBytes).Fill((byte)'z');
        TarEntry file = new() { Type = TarEntryType.File, Name = "dir/large"u8.ToArray(), Mode = 0x1a4, UserId = 7, GroupId = 8, Modified = new(1_700_000_000, 0) };
        return
        [
            (file with { Type = TarEntryType.Directory, Name = "dir/"u8.ToArray(), Mode = 0x1ed }, []),
            (file, large),
            (file with { Name = "dir/small"u8.ToArray(), Mode = 0x9ed, Attributes = [KeyValuePair.Create("user.colour", "blue"u8.ToArray())] }, "small"u8.ToArray()),
            (file with { Name = "dir/empty"u8.ToArray() }, []),
            (file with { Type = TarEntryType.SymbolicLink, Name = "link"u8.ToArray(), LinkName = "dir/large"u8.ToArray(), Mode = 0x1ff }, []),
            (file with { Type = TarEntryType.HardLink, Name = "hard"u8.ToArray(), LinkName = "dir/small"u8.ToArray(), Mode = 0x9ed }, []),
            (file with { Type = TarEntryType.CharacterDevice, Name = "null"u8.ToArray(), DeviceMajor = 1, DeviceMinor = 3 }, []),
            (file with { Name = "dir/.wh.gone"u8.ToArray() }, []),
            .. Enumerable.Range(0, 20).Select(i => (file with { Name = Encoding.ASCII.GetBytes($"dir/text{i}") }, Encoding.ASCII.GetBytes(string.Join('\n', Enumerable.Range(i, 3000))))),
        ];
    }
}
