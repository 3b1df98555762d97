using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Pulling;
using Hearth.Images.Store;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>How hosts are reached: by TLS, by proxies, by mirrors, and twice if one connection is slow.</summary>
public sealed class RegistryHostTests(RegistryFixture fixture) : IClassFixture<RegistryFixture>, IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-registry-");
    private readonly CancellationToken token = TestContext.Current.CancellationToken;

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task A_certificate_needs_an_authority_that_the_host_directory_may_name()
    {
        using X509Certificate2 certificate = MakeCertificate("127.0.0.1");
        await using FaultProxy proxy = new(fixture.Registry.Port, certificate);
        RegistrySettings settings = Settings with { CertificateDirectories = [directory.FullName] };

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(settings, proxy.Host));
        Assert.Equal(ImageError.Unreachable, exception.Error);
        Assert.Equal($"cannot read the manifest of '{proxy.Host}/small:one': the certificate of {proxy.Host} is signed by an unknown authority; put the authority's certificate into /etc/docker/certs.d/{proxy.Host}/ca.crt", exception.Message);
        Assert.Empty(proxy.Requests);

        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(directory.FullName, proxy.Host)).FullName, "ca.crt"), certificate.ExportCertificatePem());
        Assert.NotEqual(default, await ReadAsync(settings, proxy.Host));
        Assert.NotEqual(default, await ReadAsync(Settings with { InsecureHosts = [proxy.Host] }, proxy.Host));
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused_whoever_signed_it()
    {
        using X509Certificate2 certificate = MakeCertificate("127.0.0.9");
        await using FaultProxy proxy = new(fixture.Registry.Port, certificate);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(directory.FullName, proxy.Host)).FullName, "ca.crt"), certificate.ExportCertificatePem());

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(Settings with { CertificateDirectories = [directory.FullName] }, proxy.Host));
        Assert.EndsWith($"the certificate of {proxy.Host} is for another name", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_wants_a_certificate_gets_the_one_of_its_directory()
    {
        using X509Certificate2 certificate = MakeCertificate("127.0.0.1");
        await using FaultProxy proxy = new(fixture.Registry.Port, certificate, demandsCertificate: true);
        DirectoryInfo host = Directory.CreateDirectory(Path.Combine(directory.FullName, proxy.Host));
        File.WriteAllText(Path.Combine(host.FullName, "ca.crt"), certificate.ExportCertificatePem());
        RegistrySettings settings = Settings with { CertificateDirectories = [directory.FullName] };
        Assert.Equal(ImageError.Unreachable, (await Assert.ThrowsAsync<ImageException>(() => ReadAsync(settings, proxy.Host))).Error);

        using RSA key = certificate.GetRSAPrivateKey()!;
        File.WriteAllText(Path.Combine(host.FullName, "client.cert"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(host.FullName, "client.key"), key.ExportPkcs8PrivateKeyPem());
        Assert.NotEqual(default, await ReadAsync(settings, proxy.Host));

        File.WriteAllText(Path.Combine(host.FullName, "client.key"), "no key");
        Assert.StartsWith("cannot use the certificate", (await Assert.ThrowsAsync<ImageException>(() => ReadAsync(settings, proxy.Host))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "CONNECT registry.example:443")]
    [InlineData(true, "CONNECT registry.example:443 GET http://registry.example/v2/small/manifests/one")]
    public async Task Another_machine_is_never_asked_by_plain_http_unless_that_is_allowed(bool isAllowed, string expected)
    {
        List<string> requests = [];
        await using TestServer proxy = new(async (exchange, cancellationToken) =>
        {
            lock (requests)
            {
                requests.Add($"{exchange.Method} {exchange.Path}");
            }

            await exchange.AnswerAsync(exchange.Method == "CONNECT" ? 403 : 404, "", cancellationToken);
        });
        RegistrySettings settings = Settings with { Proxy = new ProxySettings(proxy.Host, $"http://{proxy.Host}", null), InsecureHosts = isAllowed ? ["registry.example"] : [] };

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(settings, "registry.example"));

        Assert.Equal(isAllowed ? ImageError.Unknown : ImageError.Unreachable, exception.Error);
        Assert.Equal(expected, string.Join(' ', requests.Distinct()));
    }

    [Fact]
    public async Task A_registry_behind_a_proxy_with_a_password_is_reached_by_a_tunnel()
    {
        using X509Certificate2 certificate = MakeCertificate("registry.example");
        await using FaultProxy registry = new(fixture.Registry.Port, certificate);
        await using TunnelProxy proxy = new("user:p:w", registry.Port);
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(directory.FullName, "registry.example")).FullName, "ca.crt"), certificate.ExportCertificatePem());
        RegistrySettings settings = Settings with { CertificateDirectories = [directory.FullName] };

        Assert.NotEqual(default, await ReadAsync(settings with { Proxy = new ProxySettings(null, $"http://user:p%3Aw@{proxy.Host}", null) }, "registry.example"));
        Assert.Equal(["CONNECT registry.example:443 407", "CONNECT registry.example:443 200"], proxy.Answers.Distinct());
        Assert.NotEmpty(registry.Requests);

        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(settings with { Proxy = new ProxySettings(null, $"http://user:wrong@{proxy.Host}", null) }, "registry.example"));
        Assert.Equal(ImageError.Unreachable, refused.Error);
        Assert.Contains("407", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("registry.example", null, true)]
    [InlineData("registry.example", "other.example", true)]
    [InlineData("registry.example", "registry.example", false)]
    [InlineData("a.registry.example", "registry.example", false)]
    [InlineData("a.registry.example", ".registry.example", false)]
    [InlineData("aregistry.example", "registry.example", true)]
    [InlineData("registry.example", "x, REGISTRY.example", false)]
    [InlineData("registry.example:5000", "registry.example:5000", false)]
    [InlineData("registry.example:5000", "registry.example:5001", true)]
    [InlineData("registry.example", "*", false)]
    [InlineData("10.1.2.3", "10.0.0.0/8", false)]
    [InlineData("11.1.2.3", "10.0.0.0/8", true)]
    [InlineData("10.1.2.3", "10.1.2.3", false)]
    [InlineData("127.0.0.1:5000", null, false)]
    [InlineData("localhost", null, false)]
    public void Exceptions_from_the_proxy_are_read_as_curl_reads_them(string host, string? exceptions, bool isProxied)
    {
        Distribution.Sources.Registry.Transport.HostProxy proxy = new(new ProxySettings(null, "http://u:p%3A@proxy.example:3128", exceptions));

        Assert.Equal(isProxied ? "http://proxy.example:3128/" : null, proxy.GetProxy(new Uri($"https://{host}/v2/"))?.ToString());
        Assert.Null(proxy.GetProxy(new Uri($"http://{host}/v2/")));
        Assert.Equal("p:", proxy.Credentials?.GetCredential(new Uri("http://proxy.example:3128"), "Basic")?.Password);
    }

    [Fact]
    public void A_proxy_without_an_address_is_refused() => Assert.Equal(
        "cannot use the proxy of HTTPS_PROXY: it is not an address such as http://HOST:PORT",
        Assert.Throws<ImageException>(() => new RegistryClient(new RegistrySettings { Proxy = new ProxySettings(null, "ftp://x", null) }, TimeProvider.System)).Message);

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task What_a_mirror_cannot_give_is_asked_of_the_registry(int status)
    {
        await using FaultProxy mirror = new(fixture.Registry.Port);
        await using FaultProxy registry = new(fixture.Registry.Port);
        mirror.Add(status == 0 ? new Fault { Path = "/manifests/", DropAfter = 0 } : new Fault { Path = "/manifests/", Status = status });
        string file = Path.Combine(directory.FullName, "registries.conf");
        File.WriteAllText(file, $"[[registry]]\nprefix = 'hub.example'\nlocation = '{registry.Host}'\n[[registry.mirror]]\nlocation = '{mirror.Host}'\n");
        using RegistryClient client = new(Settings with { RegistryFiles = [file] }, TimeProvider.System);
        IImageSource source = client.Open(ImageReference.Parse("hub.example/small:one"));

        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[0];
        await source.ReadRangeAsync(layer, 0, new byte[1], token);
        Assert.Contains(mirror.Requests, request => request.Path.Contains("/manifests/", StringComparison.Ordinal));
        Assert.Contains(registry.Requests, request => request.Path.Contains("/blobs/", StringComparison.Ordinal));

        mirror.Clear();
        registry.Clear();
        Assert.NotEqual(default, (await client.Open(ImageReference.Parse("hub.example/small:one")).ReadNamedAsync(token)).Digest);
        Assert.Empty(registry.Requests);
    }

    [Fact]
    public async Task A_mirror_that_is_down_is_asked_once_and_both_are_asked_again_if_both_are_down()
    {
        await using FaultProxy mirror = new(fixture.Registry.Port);
        await using FaultProxy registry = new(fixture.Registry.Port);
        Fault down = new() { Path = "/manifests/", Status = 503 };
        mirror.Add(down);
        string file = Path.Combine(directory.FullName, "registries.conf");
        File.WriteAllText(file, $"[[registry]]\nprefix = 'hub.example'\nlocation = '{registry.Host}'\n[[registry.mirror]]\nlocation = '{mirror.Host}'\n");
        RegistrySettings settings = Settings with { RegistryFiles = [file] };

        Assert.NotEqual(default, await ReadAsync(settings, "hub.example"));
        Assert.Single(mirror.Requests, IsOfManifest);

        // The mirror comes back while both are asked.
        mirror.Clear();
        mirror.Add(down with { Times = 2 });
        registry.Clear();
        registry.Add(down);
        Assert.NotEqual(default, await ReadAsync(settings, "hub.example"));
        Assert.Equal(3, mirror.Requests.Count(IsOfManifest));

        // What the registry does not have is not asked for again.
        mirror.Clear();
        mirror.Add(down);
        registry.Clear();
        ImageException missing = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(settings, "hub.example", "missing"));
        Assert.Equal(ImageError.Unknown, missing.Error);
        Assert.Single(mirror.Requests, IsOfManifest);

        static bool IsOfManifest(ProxiedRequest request) => request.Path.Contains("/manifests/", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_that_a_mirror_stops_to_give_goes_on_from_the_registry()
    {
        await using FaultProxy mirror = new(fixture.Registry.Port);
        await using FaultProxy registry = new(fixture.Registry.Port);
        mirror.Add(new Fault { Path = "/blobs/", DropAfter = 2_000_000 });
        registry.Add(new Fault { Path = "/blobs/", DropAfter = 1_000_000, Times = 1 });
        string file = Path.Combine(directory.FullName, "registries.conf");
        File.WriteAllText(file, $"[[registry]]\nprefix = 'hub.example'\nlocation = '{registry.Host}'\n[[registry.mirror]]\nlocation = '{mirror.Host}'\n");
        using RegistryClient client = new(Settings with { RegistryFiles = [file] }, TimeProvider.System);
        IImageSource source = client.Open(ImageReference.Parse("hub.example/large:one"));
        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[^1];

        await using Stream stream = await source.OpenBlobAsync(layer, 0, token);
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes, token);

        Assert.True(layer.Digest.IsOf(bytes.ToArray()));
        Assert.NotEmpty(registry.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Wrong_bytes_of_a_mirror_are_asked_of_the_registry(bool isRegistryWrong)
    {
        await using FaultProxy mirror = new(fixture.Registry.Port);
        await using FaultProxy registry = new(fixture.Registry.Port);
        Fault wrong = new() { Path = "/blobs/", CorruptAt = 100 };
        mirror.Add(wrong);
        if (isRegistryWrong)
        {
            registry.Add(wrong);
        }

        string file = Path.Combine(directory.FullName, "registries.conf");
        File.WriteAllText(file, $"[[registry]]\nprefix = 'hub.example'\nlocation = '{registry.Host}'\n[[registry.mirror]]\nlocation = '{mirror.Host}'\n");
        using RegistryClient client = new(Settings with { RegistryFiles = [file] }, TimeProvider.System);
        IImageSource source = client.Open(ImageReference.Parse("hub.example/large:one"));
        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[^1];
        byte[] part = new byte[1000];
        await source.ReadRangeAsync(layer, 0, part, token);
        byte first = part[100];
        Assert.True(source.TryAvoid(layer));
        await source.ReadRangeAsync(layer, 0, part, token);
        Assert.Equal(isRegistryWrong, part[100] == first);
        Assert.False(source.TryAvoid(layer));

        await using IImageSource anew = client.Open(ImageReference.Parse("hub.example/large:one"));
        ImagePull pull = new(new ImageStore(Path.Combine(directory.FullName, "store")), anew, _ => { });
        Task<PulledImage> pulling = pull.RunAsync(ImageReference.Parse("large:one"), PlatformChoice.Host, token);
        if (isRegistryWrong)
        {
            Assert.Equal(ImageError.DigestMismatch, (await Assert.ThrowsAsync<ImageException>(() => pulling)).Error);
        }
        else
        {
            Assert.True((await pulling).IsNew);
        }

        Assert.Contains(mirror.Requests, request => request.Path.Contains(layer.Digest.Hex, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_registrys_own_reason_is_shown_when_mirrors_fail_too()
    {
        await using FaultProxy mirror = new(fixture.Registry.Port);
        mirror.Add(new Fault { Status = 500 });
        string file = Path.Combine(directory.FullName, "registries.conf");
        File.WriteAllText(file, $"[[registry]]\nlocation = '{fixture.Registry.Host}'\n[[registry.mirror]]\nlocation = '{mirror.Host}'\n");

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadAsync(Settings with { RegistryFiles = [file] }, fixture.Registry.Host, "missing"));

        Assert.Equal(ImageError.Unknown, exception.Error);
    }

    [Fact]
    public async Task A_range_that_takes_unusually_long_is_asked_for_twice()
    {
        await using FaultProxy proxy = new(fixture.Registry.Port);
        using RegistryClient client = new(Settings with { Limits = RegistryFixture.Impatient with { AnswerTimeout = TimeSpan.FromMinutes(1), StallTimeout = TimeSpan.FromMinutes(1), LeastHedgeDelay = TimeSpan.FromSeconds(0.7) } }, TimeProvider.System);
        IImageSource source = client.Open(ImageReference.Parse($"{proxy.Host}/large:one"));
        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[^1];
        byte[] first = new byte[1000];
        byte[] again = new byte[1000];
        for (int times = 0; times < 20; times++)
        {
            await source.ReadRangeAsync(layer, 1000, first, token);
        }

        proxy.Clear();
        proxy.Add(new Fault { Path = "/blobs/", Times = 1, Delay = TimeSpan.FromMinutes(1) });
        proxy.Add(new Fault { Path = "/blobs/", Skip = 1, Times = 1, StallAfter = 500 });
        await source.ReadRangeAsync(layer, 1000, again, token);
        Assert.Equal(first, again);
        Assert.Equal(2, proxy.Requests.Count);

        again.AsSpan().Clear();
        await source.ReadRangeAsync(layer, 1000, again, token);
        await source.ReadRangeAsync(layer, 1000, again, token);
        Assert.Equal(first, again);
        Assert.Equal(5, proxy.Requests.Count);
    }

    [Fact]
    public async Task A_slow_registry_is_not_asked_for_everything_twice()
    {
        await using FaultProxy proxy = new(fixture.Registry.Port);
        using RegistryClient client = new(Settings with { Limits = RegistryFixture.Impatient with { FirstHedgeDelay = TimeSpan.FromMilliseconds(1) } }, TimeProvider.System);
        IImageSource source = client.Open(ImageReference.Parse($"{proxy.Host}/large:one"));
        Descriptor layer = ManifestReading.ReadManifest(await source.ReadNamedAsync(token)).Layers[^1];
        proxy.Clear();
        proxy.Latency = TimeSpan.FromMilliseconds(100);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(part => source.ReadRangeAsync(layer, part * 1000, new byte[1000], token)));

        Assert.InRange(proxy.Requests.Count, 40, 44);
    }

    private static RegistrySettings Settings => new() { Limits = RegistryFixture.Impatient };

    private static X509Certificate2 MakeCertificate(string address)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=tests", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        if (IPAddress.TryParse(address, out IPAddress? number))
        {
            names.AddIpAddress(number);
        }
        else
        {
            names.AddDnsName(address);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private async Task<Digest> ReadAsync(RegistrySettings settings, string host, string name = "small:one")
    {
        using RegistryClient client = new(settings, TimeProvider.System);
        return (await client.Open(ImageReference.Parse($"{host}/{name}")).ReadNamedAsync(token)).Digest;
    }
}
