using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hearth.Tar;

namespace Hearth.Distribution.Tests.Support;

/// <summary>Writes an image as an OCI layout, layer by layer, so that a layer can be as wrong as a test needs it.</summary>
public sealed class LayoutBuilder
{
    private const string GzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip";
    private const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    private readonly string directory;
    private readonly string algorithm;
    private readonly List<(string Digest, long Size, string DiffId, string MediaType, IReadOnlyDictionary<string, string>? Annotations)> layers = [];

    /// <param name="directory">Of the layout.</param>
    /// <param name="algorithm">Of all digests: sha256 or sha512.</param>
    public LayoutBuilder(string directory, string algorithm = "sha256")
    {
        this.directory = directory;
        this.algorithm = algorithm;
        Directory.CreateDirectory(Path.Combine(directory, "blobs", algorithm));
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    public static byte[] Archive(params IEnumerable<(TarEntry Entry, string Data)> entries)
    {
        MemoryStream bytes = new();
        TarWriter writer = new(bytes);
        foreach ((TarEntry entry, string data) in entries)
        {
            byte[] content = Encoding.UTF8.GetBytes(data);
            writer.Begin(entry with { SizeInBytes = content.Length });
            if (content.Length > 0)
            {
                writer.Write(content);
            }
        }

        writer.End();
        return bytes.ToArray();
    }

    public static byte[] Gzip(byte[] bytes)
    {
        MemoryStream compressed = new();
        using (GZipStream stream = new(compressed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }

    public void AddLayer(byte[] archive) => AddLayer(Gzip(archive), archive, GzipLayer);

    public void AddLayer(byte[] stored, byte[] archive, string mediaType, IReadOnlyDictionary<string, string>? annotations = null) =>
        layers.Add((WriteBlob(stored), stored.Length, DigestOf(archive), mediaType, annotations));

    /// <summary>Writes configuration, manifest and index.</summary>
    /// <returns>The manifest's digest.</returns>
    public string Finish(string tag, string process = "{}", IReadOnlyDictionary<string, string>? annotations = null)
    {
        string config = $$$"""
            {"architecture":"amd64","os":"linux","config":{{{process}}},"rootfs":{"type":"layers","diff_ids":[{{{string.Join(',', layers.Select(layer => $"\"{layer.DiffId}\""))}}}]}}
            """;
        string configDigest = WriteBlob(Encoding.UTF8.GetBytes(config));
        JsonObject manifest = new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = Manifest,
            ["config"] = new JsonObject { ["mediaType"] = "application/vnd.oci.image.config.v1+json", ["digest"] = configDigest, ["size"] = Encoding.UTF8.GetByteCount(config) },
            ["layers"] = new JsonArray([.. layers.Select(Describe)]),
        };
        Annotate(manifest, annotations);
        byte[] bytes = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        string digest = WriteBlob(bytes);
        File.WriteAllText(Path.Combine(directory, "index.json"), $$$"""
            {"schemaVersion":2,"manifests":[{"mediaType":"{{{Manifest}}}","digest":"{{{digest}}}","size":{{{bytes.Length}}},"annotations":{"org.opencontainers.image.ref.name":"{{{tag}}}"}}]}
            """);
        return digest;
    }

    public string WriteBlob(byte[] bytes)
    {
        string digest = DigestOf(bytes);
        File.WriteAllBytes(Path.Combine(directory, "blobs", digest.Replace(':', '/')), bytes);
        return digest;
    }

    private string DigestOf(byte[] bytes) => $"{algorithm}:{Convert.ToHexStringLower(algorithm == "sha512" ? SHA512.HashData(bytes) : SHA256.HashData(bytes))}";

    private static JsonObject Describe((string Digest, long Size, string DiffId, string MediaType, IReadOnlyDictionary<string, string>? Annotations) layer)
    {
        JsonObject described = new() { ["mediaType"] = layer.MediaType, ["digest"] = layer.Digest, ["size"] = layer.Size };
        Annotate(described, layer.Annotations);
        return described;
    }

    private static void Annotate(JsonObject described, IReadOnlyDictionary<string, string>? annotations)
    {
        if (annotations is { Count: > 0 })
        {
            described["annotations"] = new JsonObject(annotations.Select(annotation => KeyValuePair.Create(annotation.Key, (JsonNode?)annotation.Value)));
        }
    }
}
