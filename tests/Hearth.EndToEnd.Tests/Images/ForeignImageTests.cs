using System.Security.Cryptography;
using System.Text.Json;
using Hearth.Distribution.Tests.Support;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>Images with others' tables of contents start before they are fetched: zstd:chunked by skopeo, eStargz, and SOCI of both versions.</summary>
public sealed class ForeignImageTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IAsyncDisposable
{
    private const string Gzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>Sends a file as a blob to $REPOSITORY.</summary>
    private const string SendBlob = """
        send() {
            place=$(curl -sSf -i -X POST http://$HOST/v2/$REPOSITORY/blobs/uploads/ | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
            curl -sSf -X PUT -H 'Content-Type: application/octet-stream' --data-binary @$1 "$place&digest=sha256:$(sha256sum <$1 | cut -d' ' -f1)"
        }
        """;

    private readonly Sandbox sandbox = new();
    private readonly FaultProxy proxy = new(images.Registry.Port);

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        sandbox.Dispose();
    }

    [Theory]
    [InlineData("chunked")]
    [InlineData("stargz")]
    [InlineData("soci-v1")]
    [InlineData("soci-v2")]
    public void A_container_starts_by_the_table_of_its_image_and_the_layer_becomes_whole(string kind)
    {
        string repository = $"foreign-{kind}";
        byte[] layer = Publish(kind, repository);
        string image = $"{proxy.Host}/{repository}:1";
        string report = sandbox.PathOf("report.json");
        proxy.Clear();

        CommandResult first = sandbox.Run("run", "--background-fetch=false", "--report", report, "--rm", image, "cat", "/dir/small");

        Assert.Equal((0, "small"), (first.ExitCode, first.OutputText));
        JsonElement way = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("rootfs").GetProperty("image");
        Assert.Equal("lazy", way.GetProperty("way").GetString());

        // On a busy machine reads wait so long that everything is fetched at once.
        Assert.True(way.GetProperty("isHurried").GetBoolean() || way.GetProperty("missingBytes").GetInt64() > layer.Length / 2, $"{way.GetProperty("missingBytes").GetInt64()} of {layer.Length} are missing");

        sandbox.Hearth("run", "-d", "--name", "box", image, "sleep", "1000");
        Sandbox.WaitUntil(() => sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", "event=fetch_complete").Length > 0, "the whole image", TimeSpan.FromMinutes(2));
        string sum = Convert.ToHexStringLower(SHA256.HashData(ForeignLayers.Entries[1].Data));
        Assert.Equal($"{sum}  /dir/large", sandbox.Hearth("exec", "box", "busybox", "sha256sum", "/dir/large"));
        sandbox.Hearth("rm", "-f", "box");
        StoreCheck.AssertWhole(sandbox.StateDirectory);
        Assert.Empty(Sandbox.FilesIn(Path.Combine(sandbox.StateDirectory, "images/lazy")));
        proxy.Add(new Fault { DropAfter = 0 });
        Assert.Equal($"{sum}  /dir/large\n", sandbox.Run("run", image, "busybox", "sha256sum", "/dir/large").OutputText);
    }

    /// <returns>The layer as the builder has made it.</returns>
    private byte[] Publish(string kind, string repository)
    {
        string layout = sandbox.PathOf("layout");
        // skopeo of Debian 12 leaves out the padding of an archive to 10 KiB, so that its digest would be wrong.
        images.Run($"tar c --blocking-factor=1 -C tree . >{sandbox.PathOf("base.tar")}");
        LayoutBuilder builder = new(layout);
        builder.AddLayer(File.ReadAllBytes(sandbox.PathOf("base.tar")));
        byte[] archive = ForeignLayers.Archive(ForeignLayers.Entries, hasEnd: true);
        ForeignLayer layer = kind switch
        {
            "stargz" => ForeignLayers.Stargz(),
            "chunked" => new ForeignLayer(LayoutBuilder.Gzip(archive), archive, Gzip, new Dictionary<string, string>(), []),
            _ => ForeignLayers.Soci(ForeignLayers.Entries),
        };
        builder.AddLayer(layer.Blob, layer.Archive, layer.MediaType, layer.Annotations);
        byte[] index = Compose(layer);
        string manifest = builder.Finish(
            "image", annotations: kind == "soci-v2" ? new Dictionary<string, string> { ["com.amazon.soci.index-digest"] = ForeignLayers.DigestOf(index) } : null);
        string flags = kind == "chunked" ? "--dest-compress --dest-compress-format zstd:chunked" : "";
        images.Run($"skopeo copy --quiet {flags} --dest-tls-verify=false oci:{layout}:image docker://$HOST/{repository}:1");
        if (kind.StartsWith("soci", StringComparison.Ordinal))
        {
            PublishSoci(repository, manifest, layer, index, isReferrer: kind == "soci-v1");
        }

        return layer.Blob;
    }

    /// <summary>The manifest that names the zTOC.</summary>
    private static byte[] Compose(ForeignLayer layer) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        schemaVersion = 2,
        mediaType = "application/vnd.oci.image.manifest.v1+json",
        config = new { mediaType = "application/vnd.amazon.soci.index.v1+json", digest = ForeignLayers.DigestOf("{}"u8), size = 2 },
        layers = new[]
        {
            new
            {
                mediaType = "application/octet-stream",
                digest = ForeignLayers.DigestOf(layer.Table),
                size = layer.Table.Length,
                annotations = new Dictionary<string, string> { ["com.amazon.soci.image-layer-digest"] = ForeignLayers.DigestOf(layer.Blob), ["com.amazon.soci.image-layer-mediaType"] = layer.MediaType },
            },
        },
    });

    private void PublishSoci(string repository, string manifest, ForeignLayer layer, byte[] index, bool isReferrer)
    {
        string place = Directory.CreateDirectory(sandbox.PathOf("soci")).FullName;
        File.WriteAllBytes(Path.Combine(place, "ztoc"), layer.Table);
        File.WriteAllText(Path.Combine(place, "config"), "{}");
        File.WriteAllBytes(Path.Combine(place, "index"), index);
        string digest = ForeignLayers.DigestOf(index);
        File.WriteAllText(Path.Combine(place, "referrers"), $$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{digest}}","size":{{index.Length}},"artifactType":"application/vnd.amazon.soci.index.v1+json"}]}
            """);
        images.Run($"""
            REPOSITORY={repository}; cd {place}
            {SendBlob}
            send ztoc; send config
            curl -sSf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary @index http://$HOST/v2/{repository}/manifests/{digest}
            {(isReferrer ? $"curl -sSf -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' --data-binary @referrers http://$HOST/v2/{repository}/manifests/{manifest.Replace(':', '-')}" : "")}
            """);
    }
}
