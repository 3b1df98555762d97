using System.Text;
using System.Text.Json.Nodes;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Indexes.Foreign;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Spans;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Images.Tests.Fuzzing;

/// <summary>Whatever another's table of contents has, reading it ends with an index that fits together, or with an <see cref="ImageException"/>.</summary>
public sealed class ForeignFuzzTests
{
    private static readonly Digest content = Digest.Of("content"u8);

    [Fact]
    public void A_changed_table_of_contents_is_read_or_refused()
    {
        ForeignLayer[] layers = [ForeignLayers.Stargz(KeepFew), ForeignLayers.Chunked(Zstd, KeepFew)];
        Fuzz.Run<ImageException>(
            [.. layers.Select(layer => layer.Table)],
            json => Check(TocReading.Read(json, Describe(layers[0]), content, LayerCompression.Gzip, layers[0].Blob.Length)));
    }

    [Fact]
    public void A_changed_member_with_a_table_is_read_or_refused()
    {
        ForeignLayer layer = ForeignLayers.Stargz(KeepFew);
        long offset = OwnTable.ReadFooter(layer.Blob.AsSpan(^51..), layer.Blob.Length);
        byte[] member = layer.Blob[(int)offset..^51];
        Fuzz.Run<ImageException>([member], bytes => Check(OwnTable.ReadStargz(bytes, ForeignLayers.DigestOf(layer.Table), Describe(layer), content, offset)));
    }

    [Fact]
    public void A_changed_frame_with_a_table_is_read_or_refused()
    {
        ForeignLayer layer = ForeignLayers.Chunked(Zstd, KeepFew);
        Fuzz.Run<ImageException>(
            [Zstd(layer.Table)],
            bytes => Check(OwnTable.ReadChunked(bytes, ForeignLayers.DigestOf(bytes), layer.Table.Length, Describe(layer), content, layer.Blob.Length)));
    }

    [Fact]
    public void A_changed_footer_or_place_is_read_or_refused()
    {
        Fuzz.Run<ImageException>([ForeignLayers.Stargz().Blob[^51..]], footer => Assert.InRange(OwnTable.ReadFooter(footer, 1 << 30), 1, 1 << 30));
        Fuzz.Run<ImageException>(["100:200:3000:1"u8.ToArray()], text =>
        {
            (long offset, long length, int json) = OwnTable.ReadPlace(Encoding.Latin1.GetString(text), 1 << 20);
            Assert.True(offset > 0 && length > 0 && offset + length <= 1 << 20 && json > 0);
        });
    }

    [Fact]
    public void A_changed_ztoc_is_read_or_refused()
    {
        (TarEntry, byte[])[] few = [.. ForeignLayers.Entries.Where(entry => entry.Data.Length < 1000)];
        ForeignLayer[] layers = [ForeignLayers.Soci(few), ForeignLayers.Soci(few, isFirst: true)];
        Fuzz.Run<ImageException>([.. layers.Select(layer => layer.Table)], ztoc => Check(ZtocReading.Read(ztoc, Describe(layers[0]), content)));
    }

    /// <summary>What a reader of a layer relies on.</summary>
    private static void Check(LayerIndex index)
    {
        long end = 0;
        foreach (LayerSpan span in index.Spans)
        {
            Assert.True(span.Start == end && span.Length > 0 && span.CompressedStart >= 0 && span.CompressedLength > 0 && span.Digest.Length == 32);
            Assert.True(span.WindowEnd <= index.Windows.Length);
            end = span.End;
        }

        Assert.True(end == index.Size || index.Spans.Count == 0);
        Assert.Equal(index.EntryCount, index.ReadEntries().Count());
        LayerIndexFile.Read(LayerIndexFile.Write(index));
    }

    /// <summary>A small table is changed in more of its places.</summary>
    private static void KeepFew(JsonArray entries)
    {
        while (entries.Count > 12)
        {
            entries.RemoveAt(entries.Count - 1);
        }
    }

    private static byte[] Zstd(byte[] bytes)
    {
        using Compressor compressor = new();
        return compressor.Wrap(bytes).ToArray();
    }

    private static Descriptor Describe(ForeignLayer layer) => new() { MediaType = layer.MediaType, DigestText = ForeignLayers.DigestOf(layer.Blob), Size = layer.Blob.Length };
}
