using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>Images are pushed to Debian's registry, and skopeo reads what came.</summary>
public sealed class RegistryPushTests : IClassFixture<RegistryFixture>, IAsyncLifetime
{
    private const int LargeBytes = 3_000_000;

    private readonly RegistryFixture fixture;
    private readonly FaultProxy proxy;
    private readonly RegistryClient client = new(new RegistrySettings { Limits = RegistryFixture.Impatient }, TimeProvider.System);
    private readonly CancellationToken token = TestContext.Current.CancellationToken;
    private readonly string repository = "pushed-" + Guid.NewGuid().ToString("N");

    public RegistryPushTests(RegistryFixture fixture)
    {
        this.fixture = fixture;
        proxy = new FaultProxy(fixture.Registry.Port);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return proxy.DisposeAsync();
    }

    [Fact]
    public async Task A_pushed_image_is_the_one_that_was_read()
    {
        Document manifest = await CopyAsync("large:one", repository + ":copy");

        string copied = fixture.Run($"skopeo copy --quiet --src-tls-verify=false docker://$HOST/{repository}:copy dir:{repository}; cat {repository}/manifest.json");
        Assert.Equal(Encoding.UTF8.GetString(manifest.Bytes.Span), copied);
    }

    [Fact]
    public async Task A_blob_that_is_there_is_not_sent()
    {
        IImageTarget target = Open(repository + ":x");
        (Descriptor blob, byte[] bytes) = MakeBlob(100);

        Assert.Equal(BlobWriting.Sent, await target.WriteBlobAsync(blob, null, From(bytes), token));
        Assert.Equal(BlobWriting.Existed, await target.WriteBlobAsync(blob, null, (_, _) => throw new InvalidOperationException("sent again"), token));
    }

    [Fact]
    public async Task A_blob_of_another_repository_is_mounted()
    {
        IImageSource source = client.Open(ImageReference.Parse($"{proxy.Host}/large:one"));
        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[^1];
        ImageReference origin = ImageReference.Parse($"{proxy.Host}/large:one");

        Assert.Equal(BlobWriting.Mounted, await Open(repository + ":x").WriteBlobAsync(layer, origin, (_, _) => throw new InvalidOperationException("sent"), token));
        (Descriptor unknown, byte[] bytes) = MakeBlob(100);
        Assert.Equal(BlobWriting.Sent, await Open(repository + ":x").WriteBlobAsync(unknown, origin, From(bytes), token));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(LargeBytes)]
    public async Task A_connection_that_breaks_while_a_blob_is_sent_is_replaced(int size)
    {
        (Descriptor blob, byte[] bytes) = MakeBlob(size);
        List<long> offsets = [];
        proxy.Add(new Fault { Method = size > 1000 ? "PATCH" : "PUT", Path = "/blobs/uploads/", DropAfter = size / 2, IsOfUpload = true, Times = 2 });

        await Open(repository + ":x").WriteBlobAsync(
            blob,
            null,
            (offset, cancellationToken) =>
            {
                offsets.Add(offset);
                return From(bytes)(offset, cancellationToken);
            },
            token);

        Assert.Equal(bytes, await ReadAsync(blob));
        Assert.True(offsets.Count >= 2);
    }

    [Fact]
    public async Task A_registry_that_fails_for_a_while_gets_the_blob_anyway()
    {
        (Descriptor blob, byte[] bytes) = MakeBlob(LargeBytes);
        foreach (string method in new[] { "POST", "PATCH", "PUT", "HEAD" })
        {
            proxy.Add(new Fault { Method = method, Status = 503, Times = 1 });
        }

        await Open(repository + ":x").WriteBlobAsync(blob, null, From(bytes), token);

        Assert.Equal(bytes, await ReadAsync(blob));
    }

    [Fact]
    public async Task An_outage_that_lasts_longer_than_one_question_does_not_fail_the_push()
    {
        (Descriptor blob, byte[] bytes) = MakeBlob(LargeBytes);
        proxy.Add(new Fault { Method = "PATCH", IsOfUpload = true, DropAfter = LargeBytes / 2, Times = 1 });
        proxy.Add(new Fault { Method = "GET", Path = "/blobs/uploads/", DropAfter = 0, Times = 2 });

        await Open(repository + ":x").WriteBlobAsync(blob, null, From(bytes), token);

        Assert.Equal(bytes, await ReadAsync(blob));
        Assert.Equal(3, proxy.Requests.Count(request => request.Method == "GET" && request.Path.Contains("/uploads/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_registry_that_keeps_nothing_of_what_is_sent_fails_the_push()
    {
        (Descriptor blob, byte[] bytes) = MakeBlob(LargeBytes);
        foreach (string method in new[] { "PATCH", "GET" })
        {
            proxy.Add(new Fault { Method = method, Path = "/blobs/uploads/", Status = 202, Headers = new Dictionary<string, string> { ["Range"] = "0-0", ["Location"] = $"/v2/{repository}/blobs/uploads/x" } });
        }

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Open(repository + ":x").WriteBlobAsync(blob, null, From(bytes), token));

        Assert.Equal(ImageError.RegistryFault, exception.Error);
        Assert.EndsWith("keeps nothing of what is sent", exception.Message, StringComparison.Ordinal);
        Assert.Equal(RegistryFixture.Impatient.MostAttempts, proxy.Requests.Count(request => request.Method == "PATCH"));
    }

    [Fact]
    public async Task A_lost_answer_to_the_last_request_does_not_fail_the_push()
    {
        (Descriptor blob, byte[] bytes) = MakeBlob(LargeBytes);
        IImageTarget target = Open(repository + ":x");
        proxy.Add(new Fault { Method = "PUT", Path = "/blobs/uploads/", Headers = new Dictionary<string, string> { ["Content-Length"] = "5" }, Times = 1, DropAfter = 0 });

        await target.WriteBlobAsync(blob, null, From(bytes), token);

        Assert.Equal(bytes, await ReadAsync(blob));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 7)]
    public async Task A_proxy_that_closes_connections_with_large_requests_gets_parts(int drops, int requests)
    {
        (Descriptor blob, byte[] bytes) = MakeBlob((32 << 20) + 100);
        proxy.Add(new Fault { Method = "PATCH", IsOfUpload = true, DropAfter = 0, Times = drops });

        await Open(repository + ":x").WriteBlobAsync(blob, null, From(bytes), token);

        Assert.Equal(bytes, await ReadAsync(blob));
        Assert.Equal(requests, proxy.Requests.Count(request => request.Method == "PATCH"));
    }

    [Fact]
    public async Task A_proxy_that_takes_no_large_requests_gets_parts()
    {
        (Descriptor blob, byte[] bytes) = MakeBlob((32 << 20) + 100);
        proxy.Add(new Fault { Method = "PATCH", Status = 413, Times = 1 });

        await Open(repository + ":x").WriteBlobAsync(blob, null, From(bytes), token);

        Assert.Equal(bytes, await ReadAsync(blob));
        Assert.Equal(3, proxy.Requests.Count(request => request.Method == "PATCH"));
    }

    [Fact]
    public async Task Other_bytes_than_the_digests_are_refused()
    {
        (Descriptor blob, byte[] bytes) = MakeBlob(100);
        bytes[5] ^= 1;

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Open(repository + ":x").WriteBlobAsync(blob, null, From(bytes), token));

        Assert.Equal(ImageError.RegistryFault, exception.Error);
        Assert.StartsWith($"cannot push the blob sha256:{blob.Digest.Short} to '{proxy.Host}/{repository}:x': {proxy.Host} answers 400: provided digest did not match", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_whose_blobs_are_missing_is_refused_with_the_registrys_words()
    {
        Document manifest = await client.Open(ImageReference.Parse($"{proxy.Host}/small:one")).ReadNamedAsync(token);

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Open(repository + ":x").WriteNamedAsync(manifest, token));

        Assert.Equal($"cannot push '{proxy.Host}/{repository}:x': {proxy.Host} answers 400: blob unknown to registry, blob unknown to registry", exception.Message);
    }

    [Fact]
    public async Task What_belongs_to_an_image_is_listed_by_the_tag_of_its_digest()
    {
        Document image = await CopyAsync("small:one", repository + ":image");
        IImageTarget target = Open(repository + ":image");
        IImageSource source = client.Open(ImageReference.Parse($"{proxy.Host}/{repository}:image"));
        Assert.Empty(await source.ListReferrersAsync(image.Digest, "application/x-index", token));

        Document[] referrers = [await ReferAsync(target, image, "application/x-index", 1), await ReferAsync(target, image, "application/x-index", 2), await ReferAsync(target, image, "application/x-other", 3)];

        IReadOnlyList<Descriptor> found = await source.ListReferrersAsync(image.Digest, "application/x-index", token);
        Assert.Equal([referrers[0].Digest.ToString(), referrers[1].Digest.ToString()], found.Select(descriptor => descriptor.DigestText));
        Assert.Contains("\"number\":\"3\"", fixture.Run($"skopeo inspect --raw --tls-verify=false docker://$HOST/{repository}:sha256-{image.Digest.Hex}"), StringComparison.Ordinal);
        Assert.Equal(referrers[1].Bytes.ToArray(), (await source.ReadManifestAsync(found[1], token)).Bytes.ToArray());
    }

    [Fact]
    public async Task A_registry_that_lists_what_belongs_to_an_image_itself_gets_no_list()
    {
        Document image = await CopyAsync("small:one", repository + ":image");
        proxy.Clear();
        proxy.Add(new Fault { Path = $"/{repository}/manifests/", Method = "PUT", Status = 201, Headers = new Dictionary<string, string> { ["OCI-Subject"] = image.Digest.ToString() } });

        Document referrer = await ReferAsync(Open(repository + ":image"), image, "application/x-index", 1);

        Assert.Equal([$"/v2/{repository}/manifests/{referrer.Digest}"], proxy.Requests.Where(request => request.Method == "PUT" && request.Path.Contains("/manifests/", StringComparison.Ordinal)).Select(request => request.Path));
    }

    [Fact]
    public async Task A_registry_with_the_referrers_api_is_asked_page_by_page()
    {
        Digest subject = Digest.Of([1]);
        string Page(string type, int size) => $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[{"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{subject}}","size":{{size}},"artifactType":"{{type}}"}]}""";
        Dictionary<string, string> type = new() { ["Content-Type"] = MediaTypes.OciIndex };
        proxy.Add(new Fault { Path = "last=", Status = 200, Body = Page("a/b", 2), Headers = type });
        proxy.Add(new Fault { Path = "/referrers/", Status = 200, Body = Page("other", 1), Headers = new Dictionary<string, string>(type) { ["Link"] = $"</v2/{repository}/referrers/{subject}?last=1>; rel=\"next\"" } });

        IReadOnlyList<Descriptor> found = await client.Open(ImageReference.Parse($"{proxy.Host}/{repository}:image")).ListReferrersAsync(subject, "a/b", token);

        Assert.Equal(2, Assert.Single(found).Size);
    }

    private static (Descriptor Blob, byte[] Bytes) MakeBlob(int size)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(size);
        return (new Descriptor { MediaType = MediaTypes.OciLayer, DigestText = Digest.Of(bytes).ToString(), Size = size }, bytes);
    }

    private static Func<long, CancellationToken, Task<Stream>> From(byte[] bytes) => (offset, _) => Task.FromResult<Stream>(new MemoryStream(bytes[(int)offset..]));

    private static async Task<Document> ReferAsync(IImageTarget target, Document image, string type, int number)
    {
        byte[] empty = "{}"u8.ToArray();
        Descriptor config = new() { MediaType = MediaTypes.OciEmpty, DigestText = Digest.Of(empty).ToString(), Size = 2 };
        ImageManifest manifest = new()
        {
            SchemaVersion = 2,
            MediaType = MediaTypes.OciManifest,
            ArtifactType = type,
            Config = config,
            Layers = [config],
            Subject = new Descriptor { MediaType = image.MediaType, DigestText = image.Digest.ToString(), Size = image.Bytes.Length },
            Annotations = new Dictionary<string, string> { ["number"] = number.ToString() },
        };
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, ImageJson.Default.ImageManifest);
        Document document = new(MediaTypes.OciManifest, Digest.Of(bytes), bytes);
        await target.WriteBlobAsync(config, null, From(empty), TestContext.Current.CancellationToken);
        await target.WriteManifestAsync(document, TestContext.Current.CancellationToken);
        return document;
    }

    private IImageTarget Open(string name) => client.OpenTarget(ImageReference.Parse($"{proxy.Host}/{name}"));

    private async Task<Document> CopyAsync(string from, string to)
    {
        IImageSource source = client.Open(ImageReference.Parse($"{proxy.Host}/{from}"));
        IImageTarget target = Open(to);
        Document document = await source.ReadNamedAsync(token);
        ImageManifest manifest = ManifestReading.ReadManifest(document);
        foreach (Descriptor blob in manifest.Layers.Append(manifest.Config!))
        {
            await target.WriteBlobAsync(blob, null, (offset, cancellationToken) => source.OpenBlobAsync(blob, offset, cancellationToken), token);
        }

        await target.WriteNamedAsync(document, token);
        return document;
    }

    private async Task<byte[]> ReadAsync(Descriptor blob)
    {
        await using Stream stream = await client.Open(ImageReference.Parse($"{proxy.Host}/{repository}:x")).OpenBlobAsync(blob, 0, token);
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes, token);
        return bytes.ToArray();
    }
}
