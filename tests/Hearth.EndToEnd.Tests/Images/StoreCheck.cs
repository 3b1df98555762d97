using System.Security.Cryptography;
using System.Text.Json;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>Reads an image store's files without Hearth's own code.</summary>
internal static class StoreCheck
{
    /// <summary>Each blob and layer has its digest, and each name has all of its image, or parts of it in <c>lazy</c>.</summary>
    public static void AssertWhole(string state)
    {
        string store = Path.Combine(state, "images");
        if (!File.Exists(Path.Combine(store, "index.json")))
        {
            return;
        }

        foreach (string blob in Directory.EnumerateFiles(Path.Combine(store, "blobs/sha256")).Where(path => !path.EndsWith(".new", StringComparison.Ordinal)))
        {
            Assert.Equal(Path.GetFileName(blob), DigestOf(blob));
        }

        foreach (JsonElement image in ReadJson(Path.Combine(store, "index.json")).GetProperty("manifests").EnumerateArray())
        {
            JsonElement manifest = ReadJson(BlobOf(store, image));
            string[] contents = [.. ReadJson(BlobOf(store, manifest.GetProperty("config"))).GetProperty("rootfs").GetProperty("diff_ids").EnumerateArray().Select(id => id.GetString()![7..])];
            foreach ((JsonElement layer, string content) in manifest.GetProperty("layers").EnumerateArray().Zip(contents))
            {
                string directory = Path.Combine(store, "layers", HexOf(layer));
                if (!Directory.Exists(Path.Combine(store, "lazy", HexOf(layer))))
                {
                    Assert.Equal(content, DigestOf(Path.Combine(directory, "content")));
                    Assert.True(File.Exists(Path.Combine(directory, "index")));
                    Assert.True(File.Exists(BlobOf(store, layer)));
                }
            }
        }
    }

    /// <summary>Nothing is unfinished.</summary>
    public static void AssertTidy(string state)
    {
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(state, "images", "ingest")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(state, "images"), "*.new", SearchOption.AllDirectories));
    }

    private static string BlobOf(string store, JsonElement descriptor) => Path.Combine(store, "blobs/sha256", HexOf(descriptor));

    private static string HexOf(JsonElement descriptor) => descriptor.GetProperty("digest").GetString()![7..];

    private static JsonElement ReadJson(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    private static string DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
