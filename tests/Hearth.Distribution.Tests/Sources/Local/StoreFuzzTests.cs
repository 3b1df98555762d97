using System.IO.Compression;
using System.Text;
using Hearth.Distribution.Sources.Local.Stores;
using Hearth.Images.Tests.Fuzzing;

namespace Hearth.Distribution.Tests.Sources.Local;

/// <summary>Whatever podman's store has, reading it ends with a result or with an error.</summary>
public sealed class StoreFuzzTests : IDisposable
{
    private const string Image = "0000000000000000000000000000000000000000000000000000000000000000";

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-fuzz-").FullName;

    public StoreFuzzTests()
    {
        foreach (string path in (string[])["overlay-images", "overlay-layers", "overlay/one/diff", "overlay/two/diff"])
        {
            Directory.CreateDirectory(Path.Combine(directory, path));
        }

        File.WriteAllText(Path.Combine(directory, "overlay/one/diff/file"), "0123456789");
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void A_changed_layer_of_podmans_is_read_or_refused()
    {
        string notes = Path.Combine(directory, "notes");
        string text = """
            {"type":2,"payload":"AAAA","position":0}
            {"type":1,"name":"file","size":10,"payload":"AAAAAAAAAAA=","position":1}
            {"type":2,"payload":"","position":2}
            {"type":1,"name":"empty","payload":null,"position":3}
            {"type":1,"name_raw":"ZmlsZQ==","size":5,"position":4}

            """;
        byte[] buffer = new byte[4096];
        Fuzz.Run<IOException>([Encoding.UTF8.GetBytes(text), Gzip(Encoding.UTF8.GetBytes(text))], bytes =>
        {
            File.WriteAllBytes(notes, bytes is [0x1f, 0x8b, ..] ? bytes : Gzip(bytes));
            using TarSplitStream stream = new(notes, Path.Combine(directory, "overlay/one/diff"));
            long length = 0;
            for (int count; (count = stream.Read(buffer)) > 0;)
            {
                length += count;
            }

            Assert.Equal(stream.Length, length);
            Assert.Equal(length / 2, stream.Seek(length / 2, SeekOrigin.Begin));
        });
    }

    [Fact]
    public void Changed_lists_of_podmans_are_read_or_refused()
    {
        string images = $$$"""[{"id":"{{{Image}}}","names":["localhost/a:1",null],"layer":"two","metadata":"{}"},{"id":null,"names":null},{"id":"x","layer":"none"}]""";
        string layers = """[{"id":"one","parent":"","diff-size":10},{"id":"two","parent":"one"},{"id":null,"parent":"two"},{"id":"round","parent":"round"}]""";
        File.WriteAllText(Path.Combine(directory, $"overlay-images/{Image}"), "");
        Fuzz.Run<ImageException>([Encoding.UTF8.GetBytes(images), Encoding.UTF8.GetBytes(layers)], bytes =>
        {
            bool isOfImages = bytes.AsSpan().IndexOf("names"u8) >= 0;
            File.WriteAllBytes(Path.Combine(directory, "overlay-images/images.json"), isOfImages ? bytes : Encoding.UTF8.GetBytes(images));
            File.WriteAllBytes(Path.Combine(directory, "overlay-layers/layers.json"), isOfImages ? Encoding.UTF8.GetBytes(layers) : bytes);
            PodmanFiles? found = PodmanFiles.TryFind("test", directory, "overlay", Image);
            Assert.Null(found);
        });
    }

    private static byte[] Gzip(byte[] bytes)
    {
        MemoryStream compressed = new();
        using (GZipStream stream = new(compressed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }
}
