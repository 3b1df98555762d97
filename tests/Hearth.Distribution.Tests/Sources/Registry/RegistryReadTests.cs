using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>Images are read from Debian's registry, through a proxy that does what faults say.</summary>
public sealed class RegistryReadTests : IClassFixture<RegistryFixture>, IAsyncLifetime
{
    private readonly RegistryFixture fixture;
    private readonly FaultProxy proxy;
    private readonly RegistryClient client = new(new RegistrySettings { Limits = RegistryFixture.Impatient }, TimeProvider.System);
    private readonly CancellationToken token = TestContext.Current.CancellationToken;

    public RegistryReadTests(RegistryFixture fixture)
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
    public async Task A_manifest_is_read_by_tag_and_by_digest()
    {
        Document byTag = await Open("small:one").ReadNamedAsync(token);
        Document byDigest = await Open($"small@{byTag.Digest}").ReadNamedAsync(token);

        Assert.Equal(MediaTypes.OciManifest, byTag.MediaType);
        Assert.Equal(byTag.Bytes.ToArray(), byDigest.Bytes.ToArray());
        Assert.Equal(byTag.Digest, byDigest.Digest);
        Assert.Single(ManifestReading.ReadManifest(byTag).Layers);
        Assert.Equal(fixture.Run("skopeo inspect --tls-verify=false --format '{{.Digest}}' docker://$HOST/small:one").Trim(), byTag.Digest.ToString());
    }

    [Fact]
    public async Task An_index_of_platforms_by_buildah_is_read()
    {
        const string Build = """
            export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
            b() { buildah --root $PWD/storage --runroot $PWD/storage-run "$@" >>buildah.log 2>&1 || { cat buildah.log; exit 1; }; }
            b manifest create both
            for arch in amd64 arm64; do
                b from --name $arch --arch $arch scratch
                b config --arch $arch --os linux --env ARCH=$arch $arch
                b commit --tls-verify=false $arch docker://$HOST/both:$arch
                b manifest add --tls-verify=false both docker://$HOST/both:$arch
            done
            b manifest push --all --tls-verify=false both docker://$HOST/both:one
            b rm -a
            rm -rf storage storage-run
            """;
        fixture.Run(Build);
        IImageSource source = Open("both:one");

        Document index = await source.ReadNamedAsync(token);
        IReadOnlyList<Descriptor> manifests = ManifestReading.ReadIndex(index).Manifests;
        Document[] read = await Task.WhenAll(manifests.Select(manifest => source.ReadManifestAsync(manifest, token)));

        Assert.True(MediaTypes.IsIndex(index.MediaType));
        Assert.Equal(["linux/amd64", "linux/arm64"], manifests.Select(manifest => manifest.Platform?.ToString()));
        Assert.Equal(manifests.Select(manifest => manifest.DigestText), read.Select(document => document.Digest.ToString()));
        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => source.ReadManifestAsync(manifests[0] with { Size = manifests[0].Size + 1 }, token));
        Assert.Equal(ImageError.Malformed, exception.Error);
    }

    [Fact]
    public async Task A_manifest_whose_connection_breaks_or_stalls_is_read_again()
    {
        proxy.Add(new Fault { Path = "/manifests/", DropAfter = 100, Times = 1 });
        proxy.Add(new Fault { Path = "/manifests/", StallAfter = 100, Times = 1 });
        proxy.Add(new Fault { Path = "/manifests/", DropAfter = 0, Times = 1 });

        Assert.Single(ManifestReading.ReadManifest(await Open("small:one").ReadNamedAsync(token)).Layers);
    }

    [Fact]
    public async Task A_blob_is_read_whole_and_from_any_offset()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        byte[] whole = await ReadAsync(source, layer, 0);

        Assert.True(layer.Digest.IsOf(whole));
        foreach (long offset in new[] { 1, layer.Size / 2, layer.Size - 1, layer.Size })
        {
            Assert.Equal(whole[(int)offset..], await ReadAsync(source, layer, offset));
        }
    }

    [Fact]
    public async Task Ranges_are_exact()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        byte[] whole = await ReadAsync(source, layer, 0);
        foreach ((long offset, int length) in new[] { (0L, 1), (0L, 4096), (1_000_003L, 262_144), (layer.Size - 7, 7), (0L, (int)layer.Size) })
        {
            byte[] part = new byte[length];
            await source.ReadRangeAsync(layer, offset, part, token);
            Assert.Equal(whole[(int)offset..((int)offset + length)], part);
        }

        Assert.Contains(proxy.Requests, request => request.Range == "bytes=1000003-1262146" && request.Status == 206);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_234_567)]
    public async Task A_connection_that_breaks_is_resumed_where_it_was(int after)
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", DropAfter = after, Times = 2 });

        Assert.True(layer.Digest.IsOf(await ReadAsync(source, layer, 0)));
        if (after > 1)
        {
            Assert.Contains(proxy.Requests, request => request.Range is not null && request.Range.StartsWith("bytes=1", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_connection_that_stalls_is_resumed()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", StallAfter = 1_000_000, Times = 1 });

        Assert.True(layer.Digest.IsOf(await ReadAsync(source, layer, 0)));
    }

    [Fact]
    public async Task A_connection_that_gives_a_few_bytes_now_and_then_is_resumed()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", Trickle = 2000, Times = 1 });

        Assert.True(layer.Digest.IsOf(await ReadAsync(source, layer, 0)));
        Assert.True(proxy.Requests.Count(request => request.Path.Contains("/blobs/", StringComparison.Ordinal)) >= 2);
    }

    [Fact]
    public async Task A_blob_without_progress_fails_in_the_end()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", DropAfter = 0 });

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(source, layer, 0));

        Assert.Equal(ImageError.Unreachable, exception.Error);
        Assert.StartsWith($"cannot read the blob sha256:{layer.Digest.Short} of '{proxy.Host}/large:one': the connection to {proxy.Host} broke", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_registry_that_ignores_ranges_gives_the_rest_of_a_blob_anyway()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", IgnoresRanges = true });
        proxy.Add(new Fault { Path = "/blobs/", DropAfter = 3_000_000, Times = 1 });

        byte[] end = await ReadAsync(source, layer, layer.Size - 1000);
        byte[] near = new byte[100];
        await source.ReadRangeAsync(layer, 50_000, near, token);
        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => source.ReadRangeAsync(layer, 4_000_000, new byte[100], token));

        Assert.Equal(1000, end.Length);
        Assert.Equal(ImageError.Unsupported, exception.Error);
    }

    [Fact]
    public async Task Another_range_than_the_wanted_one_is_refused()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", Headers = new Dictionary<string, string> { ["Content-Range"] = $"bytes 0-99/{layer.Size}" } });

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => source.ReadRangeAsync(layer, 100, new byte[100], token));

        Assert.Equal(ImageError.RegistryFault, exception.Error);
        Assert.Contains("was asked for bytes 100-199 and sends 'bytes 0-99", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bytes */5", "has 5 bytes for it, and the manifest says")]
    [InlineData("bytes */*", "refuses a range within the blob (416)")]
    public async Task A_range_that_the_registry_refuses_is_an_error(string range, string cause)
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", Status = 416, Headers = new Dictionary<string, string> { ["Content-Range"] = range } });

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => source.ReadRangeAsync(layer, 100, new byte[100], token));

        Assert.Equal(ImageError.RegistryFault, exception.Error);
        Assert.Contains(cause, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_in_another_encoding_is_refused()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Add(new Fault { Path = "/blobs/", Headers = new Dictionary<string, string> { ["Content-Encoding"] = "gzip" } });

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(source, layer, 0));

        Assert.Equal(ImageError.RegistryFault, exception.Error);
        Assert.EndsWith($"{proxy.Host} sends the blob in another encoding (gzip)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_proxy_has_a_rate_for_all_connections_together()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        proxy.Limit = new LinkLimit(20_000_000);
        long start = TimeProvider.System.GetTimestamp();

        await Task.WhenAll(ReadAsync(source, layer, 0), ReadAsync(source, layer, 0));

        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(0.45));
    }

    [Fact]
    public async Task A_blob_of_another_size_is_refused()
    {
        (IImageSource source, Descriptor layer) = await LargeAsync();
        foreach ((Descriptor wrong, long offset) in new[] { (layer with { Size = layer.Size + 1 }, 0L), (layer with { Size = layer.Size - 1 }, 0), (layer with { Size = layer.Size + 9 }, layer.Size + 5) })
        {
            ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(source, wrong, offset));
            Assert.Equal(ImageError.RegistryFault, exception.Error);
        }
    }

    [Theory]
    [InlineData("large:one", "/manifests/")]
    [InlineData("large:one", "/blobs/")]
    public async Task Passing_failures_are_waited_out(string image, string path)
    {
        proxy.Add(new Fault { Path = path, Status = 500, Times = 1 });
        proxy.Add(new Fault { Path = path, Status = 503, Times = 1, Headers = new Dictionary<string, string> { ["Retry-After"] = "0" } });
        proxy.Add(new Fault { Path = path, Status = 429, Times = 1, Headers = new Dictionary<string, string> { ["Retry-After"] = "1" } });
        long start = TimeProvider.System.GetTimestamp();
        IImageSource source = Open(image);
        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[0];

        Assert.True(layer.Digest.IsOf(await ReadAsync(source, layer, 0)));
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(400, ImageError.RegistryFault, 1)]
    [InlineData(403, ImageError.Unauthorized, 1)]
    [InlineData(404, ImageError.Unknown, 1)]
    [InlineData(429, ImageError.Unreachable, 4)]
    [InlineData(500, ImageError.Unreachable, 4)]
    public async Task Failures_that_stay_have_the_registrys_words(int status, ImageError error, int requests)
    {
        proxy.Add(new Fault { Path = "/manifests/", Status = status, Body = """{"errors":[{"code":"C","message":"for\u001b[31m a reason"}]}""" });

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Open("small:one").ReadNamedAsync(token));

        Assert.Equal(error, exception.Error);
        Assert.StartsWith($"cannot read the manifest of '{proxy.Host}/small:one': {proxy.Host} answers {status}: for[31m a reason", exception.Message, StringComparison.Ordinal);
        Assert.Equal(requests, proxy.Requests.Count(request => request.Path.Contains("/manifests/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pause_that_is_too_long_fails_at_once()
    {
        proxy.Add(new Fault { Path = "/manifests/", Status = 429, Headers = new Dictionary<string, string> { ["Retry-After"] = "3600" } });

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Open("small:one").ReadNamedAsync(token));

        Assert.Equal($"cannot read the manifest of '{proxy.Host}/small:one': {proxy.Host} answers 429: TooManyRequests; it allows the next request in 3600 s, so try again then, or log in", exception.Message);
    }

    [Theory]
    [InlineData(300, 300)]
    [InlineData(86400, 900)]
    public async Task A_host_is_not_asked_again_before_the_pause_that_it_asked_for(int asked, int kept)
    {
        ManualTime time = new();
        using RegistryClient client = new(new RegistrySettings { Limits = RegistryFixture.Impatient }, time);
        IImageSource source = client.Open(ImageReference.Parse($"{proxy.Host}/small:one"));
        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[0];
        proxy.Clear();
        proxy.Add(new Fault { Path = "/blobs/", Status = 429, Times = 1, Headers = new Dictionary<string, string> { ["Retry-After"] = $"{asked}" } });

        for (int reads = 0; reads < 10; reads++)
        {
            ImageException exception = await Assert.ThrowsAsync<ImageException>(() => source.ReadRangeAsync(layer, 0, new byte[1], token));
            Assert.Contains("allows the next request in", exception.Message, StringComparison.Ordinal);
            time.Ahead += TimeSpan.FromSeconds(5);
        }

        Assert.Single(proxy.Requests);
        time.Ahead = TimeSpan.FromSeconds(kept - 10);
        await Assert.ThrowsAsync<ImageException>(() => source.ReadRangeAsync(layer, 0, new byte[1], token));
        Assert.Single(proxy.Requests);

        time.Ahead = TimeSpan.FromSeconds(kept + 1);
        await source.ReadRangeAsync(layer, 0, new byte[1], token);
        Assert.Equal(2, proxy.Requests.Count);
    }

    [Fact]
    public async Task A_missing_image_is_unknown()
    {
        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Open("small:three").ReadNamedAsync(token));

        Assert.Equal(ImageError.Unknown, exception.Error);
        Assert.Contains("answers 404: manifest unknown", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_with_other_bytes_is_refused()
    {
        Document document = await Open("small:one").ReadNamedAsync(token);
        foreach (string name in new[] { "small:one", $"small@{document.Digest}" })
        {
            proxy.Add(new Fault { Path = "/manifests/", CorruptAt = 20, Times = 1 });
            ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Open(name).ReadNamedAsync(token));
            Assert.Equal(ImageError.DigestMismatch, exception.Error);
        }
    }

    [Fact]
    public async Task A_digest_header_that_contradicts_the_bytes_is_refused()
    {
        proxy.Add(new Fault { Path = "/manifests/", Headers = new Dictionary<string, string> { ["Docker-Content-Digest"] = "sha256:" + new string('0', 64) } });

        Assert.Equal(ImageError.DigestMismatch, (await Assert.ThrowsAsync<ImageException>(() => Open("small:one").ReadNamedAsync(token))).Error);
    }

    [Fact]
    public async Task A_manifest_that_is_too_large_is_not_read_to_its_end()
    {
        proxy.Add(new Fault { Path = "/manifests/", Status = 200, Body = new string(' ', ManifestReading.MostManifestBytes + 1), Headers = new Dictionary<string, string> { ["Content-Type"] = MediaTypes.OciManifest } });

        Assert.Equal(ImageError.Malformed, (await Assert.ThrowsAsync<ImageException>(() => Open("small:one").ReadNamedAsync(token))).Error);
    }

    [Fact]
    public async Task A_tag_that_changes_in_between_changes_no_image()
    {
        IImageSource source = Open("small:one");
        Document first = await source.ReadNamedAsync(token);
        proxy.Add(new Fault { Path = "/manifests/one", Rewrite = ("/one", "/two") });

        Document later = await source.ReadNamedAsync(token);
        Document byDigest = await source.ReadManifestAsync(new Descriptor { MediaType = first.MediaType, DigestText = first.Digest.ToString(), Size = first.Bytes.Length }, token);

        Assert.NotEqual(first.Digest, later.Digest);
        Assert.Equal(first.Digest, byDigest.Digest);
    }

    [Fact]
    public async Task Too_many_headers_are_refused()
    {
        proxy.Add(new Fault { Path = "/manifests/", Status = 200, Headers = Enumerable.Range(0, 3000).ToDictionary(number => $"X-Header-{number}", _ => new string('x', 30)) });

        Assert.Equal(ImageError.RegistryFault, (await Assert.ThrowsAsync<ImageException>(() => Open("small:one").ReadNamedAsync(token))).Error);
    }

    [Fact]
    public async Task A_registry_that_does_not_run_is_unreachable()
    {
        string host;
        await using (FaultProxy gone = new(fixture.Registry.Port))
        {
            host = gone.Host;
        }

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => client.Open(ImageReference.Parse($"{host}/small:one")).ReadNamedAsync(token));

        Assert.Equal(ImageError.Unreachable, exception.Error);
        Assert.Contains($"{host} cannot be reached (Connection refused)", exception.Message, StringComparison.Ordinal);
    }

    private IImageSource Open(string name) => client.Open(ImageReference.Parse($"{proxy.Host}/{name}"));

    private async Task<(IImageSource Source, Descriptor Layer)> LargeAsync()
    {
        IImageSource source = Open("large:one");
        return (source, ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[^1]);
    }

    private async Task<byte[]> ReadAsync(IImageSource source, Descriptor blob, long offset)
    {
        await using Stream stream = await source.OpenBlobAsync(blob, offset, token);
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes, token);
        return bytes.ToArray();
    }
}
