using System.Text;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>Debian's registry with a token server, behind a proxy that says that tokens are no longer good.</summary>
public sealed class RegistryAuthenticationTests : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-registry-");
    private readonly TokenIssuer issuer = new();
    private readonly ManualTime time = new();
    private readonly CancellationToken token = TestContext.Current.CancellationToken;
    private readonly DebianRegistry registry;
    private readonly FaultProxy proxy;

    public RegistryAuthenticationTests()
    {
        registry = new DebianRegistry(directory.FullName, issuer.Configure(directory.FullName));
        proxy = new FaultProxy(registry.Port);
    }

    public async ValueTask InitializeAsync()
    {
        using RegistryClient client = WithPassword(TokenIssuer.Password);
        IImageTarget target = client.OpenTarget(Name("a/small:one"));
        (Descriptor blob, byte[] bytes) = (Small, "{}"u8.ToArray());
        await target.WriteBlobAsync(blob, null, (offset, _) => Task.FromResult<Stream>(new MemoryStream(bytes[(int)offset..])), token);
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{"mediaType":"{{MediaTypes.OciEmpty}}","digest":"{{blob.Digest}}","size":2},"layers":[]}""");
        await target.WriteNamedAsync(new Document(MediaTypes.OciManifest, Digest.Of(manifest), manifest), token);
        proxy.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await proxy.DisposeAsync();
        await issuer.DisposeAsync();
        registry.Dispose();
        directory.Delete(recursive: true);
    }

    private static Descriptor Small => new() { MediaType = MediaTypes.OciEmpty, DigestText = Digest.Of("{}"u8).ToString(), Size = 2 };

    [Fact]
    public async Task Anybody_gets_a_token_for_what_is_public()
    {
        int before = issuer.Requests.Count;
        using RegistryClient client = new(Settings(), time);
        IImageSource source = client.Open(Name("a/small:one"));

        await source.ReadNamedAsync(token);
        await ReadBlobAsync(source);

        Assert.Equal(["GET service=tests&client_id=hearth&scope=repository:a/small:pull"], issuer.Requests.Skip(before));
        Assert.Equal(3, proxy.Requests.Count);
        Assert.Null(proxy.Requests[0].Authorization);
        Assert.All(proxy.Requests.Skip(1), request => Assert.StartsWith("Bearer ", request.Authorization, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_goes_to_the_token_server_only()
    {
        issuer.ServesAnonymous = false;
        using RegistryClient client = WithPassword(TokenIssuer.Password);
        await client.Open(Name("a/small:one")).ReadNamedAsync(token);

        Assert.Contains("account=hearth", issuer.Requests[^1], StringComparison.Ordinal);
        Assert.Contains(" Basic ", issuer.Requests[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(proxy.Requests, request => request.Authorization?.StartsWith("Basic", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task An_identity_token_is_posted()
    {
        issuer.ServesAnonymous = false;
        using RegistryClient client = new(Settings(Auths($"\"identitytoken\":\"{TokenIssuer.IdentityToken}\"")), time);

        await client.Open(Name("a/small:one")).ReadNamedAsync(token);

        Assert.StartsWith("POST grant_type=refresh_token&service=tests&client_id=hearth&scope=repository:a/small:pull&refresh_token=", issuer.Requests[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody", "cannot read the manifest of 'HOST/a/small:one': the token server ISSUER answers 401: incorrect username or password")]
    [InlineData(null, "cannot read the manifest of 'HOST/a/small:one': the token server ISSUER answers 401: incorrect username or password")]
    public async Task A_token_server_that_refuses_is_not_asked_again(string? password, string message)
    {
        issuer.ServesAnonymous = false;
        int before = issuer.Requests.Count;
        using RegistryClient client = password is null ? new RegistryClient(Settings(), time) : WithPassword(password);

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => client.Open(Name("a/small:one")).ReadNamedAsync(token));

        Assert.Equal(ImageError.Unauthorized, exception.Error);
        Assert.StartsWith(message.Replace("HOST", proxy.Host, StringComparison.Ordinal).Replace("ISSUER", issuer.Host, StringComparison.Ordinal), exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, issuer.Requests.Count - before);
    }

    [Fact]
    public async Task A_push_that_is_not_allowed_names_the_command_that_may_help()
    {
        using RegistryClient client = new(Settings(), time);

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => client.OpenTarget(Name("a/other:one")).WriteBlobAsync(Small, null, (_, _) => throw new InvalidOperationException("sent"), token));

        Assert.Equal(ImageError.Unauthorized, exception.Error);
        Assert.EndsWith($"; check the name, or use 'hearth login {proxy.Host}'", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, true)]
    [InlineData(401, false)]
    [InlineData(403, true)]
    [InlineData(403, false)]
    public async Task A_token_that_is_refused_in_mid_life_is_replaced(int status, bool hasChallenge)
    {
        using RegistryClient client = new(Settings(), time);
        IImageSource source = client.Open(Name("a/small:one"));
        await source.ReadNamedAsync(token);
        int before = issuer.Requests.Count;
        Dictionary<string, string> headers = hasChallenge ? new() { ["WWW-Authenticate"] = issuer.Challenge } : [];
        proxy.Add(new Fault { Path = "/blobs/", Status = status, Times = 1, Headers = headers });

        await ReadBlobAsync(source);

        Assert.Equal(1, issuer.Requests.Count - before);
        Assert.Equal(2, proxy.Requests.TakeLast(2).Select(request => request.Authorization).Distinct().Count());
    }

    [Fact]
    public async Task What_is_refused_with_a_new_token_too_fails()
    {
        using RegistryClient client = new(Settings(), time);
        proxy.Add(new Fault { Path = "/blobs/", Status = 403, Body = """{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}""" });

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadBlobAsync(client.Open(Name("a/small:one"))));

        Assert.Equal(ImageError.Unauthorized, exception.Error);
        Assert.Contains("answers 403: requested access to the resource is denied; check the name, or use 'hearth login", exception.Message, StringComparison.Ordinal);
        Assert.InRange(proxy.Requests.Count, 1, 3);
    }

    [Fact]
    public async Task A_token_is_replaced_before_it_expires()
    {
        using RegistryClient client = new(Settings(), time);
        IImageSource source = client.Open(Name("a/small:one"));
        await source.ReadNamedAsync(token);
        int before = issuer.Requests.Count;

        await source.ReadNamedAsync(token);
        Assert.Equal(before, issuer.Requests.Count);
        time.Ahead = TimeSpan.FromSeconds(issuer.Lifetime - 10);
        await source.ReadNamedAsync(token);

        Assert.Equal(before + 1, issuer.Requests.Count);
        Assert.DoesNotContain(proxy.Requests.Skip(1), request => request.Status == 401);
    }

    [Fact]
    public async Task A_password_that_was_replaced_in_mid_life_is_read_again()
    {
        issuer.ServesAnonymous = false;
        RegistrySettings settings = Settings(Auths(PasswordMember(TokenIssuer.Password)));
        using RegistryClient client = new(settings, time);
        IImageSource source = client.Open(Name("a/small:one"));
        await source.ReadNamedAsync(token);

        issuer.CurrentPassword = "another";
        time.Ahead = TimeSpan.FromHours(1);
        Assert.Equal(ImageError.Unauthorized, (await Assert.ThrowsAsync<ImageException>(() => source.ReadNamedAsync(token))).Error);
        File.WriteAllText(settings.CredentialFiles[0], Auths(PasswordMember("another")));
        await source.ReadNamedAsync(token);

        issuer.CurrentPassword = "a third";
        time.Ahead = TimeSpan.FromHours(2);
        File.WriteAllText(settings.CredentialFiles[0], Auths(PasswordMember("a third")));
        await source.ReadNamedAsync(token);
    }

    [Fact]
    public async Task Requests_at_once_share_one_token()
    {
        using RegistryClient client = new(Settings(), time);
        IImageSource source = client.Open(Name("a/small:one"));
        await source.ReadNamedAsync(token);
        time.Ahead = TimeSpan.FromHours(1);
        int before = issuer.Requests.Count;

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReadBlobAsync(source)));

        Assert.Equal(1, issuer.Requests.Count - before);
    }

    [Fact]
    public async Task A_token_server_with_plain_http_elsewhere_gets_nothing()
    {
        proxy.Add(new Fault { Status = 401, Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = "Bearer realm=\"http://tokens.example/token\"" } });
        using RegistryClient client = WithPassword(TokenIssuer.Password);

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => client.Open(Name("a/small:one")).ReadNamedAsync(token));

        Assert.Equal(ImageError.Unauthorized, exception.Error);
        Assert.Contains("the token server tokens.example has plain HTTP", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_to_another_host_has_no_credentials_and_is_used_until_it_expires()
    {
        await using FaultProxy storage = new(registry.Port);
        string blob = $"/v2/a/small/blobs/{Small.Digest}";
        proxy.Add(new Fault { Path = "/blobs/", RedirectTo = $"http://{storage.Host}" });
        storage.Add(new Fault { Path = "/blobs/", Skip = 2, Times = 1, Status = 403 });
        storage.Add(new Fault { Path = "/blobs/", Status = 206, Body = "{}", Headers = new Dictionary<string, string> { ["Content-Range"] = "bytes 0-1/2" } });
        using RegistryClient client = WithPassword(TokenIssuer.Password);
        IImageSource source = client.Open(Name("a/small:one"));

        for (int times = 0; times < 4; times++)
        {
            await source.ReadRangeAsync(Small, 0, new byte[2], token);
        }

        Assert.All(storage.Requests, request => Assert.Null(request.Authorization));
        Assert.Equal([206, 206, 403, 206, 206], storage.Requests.Select(request => request.Status));
        Assert.Equal(2, proxy.Requests.Count(request => request.Path == blob));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_redirect_whose_host_is_gone_or_fails_is_asked_for_again(bool fails)
    {
        FaultProxy? first = new(registry.Port);
        await using FaultProxy second = new(registry.Port);
        Fault range = new() { Path = "/blobs/", Status = 206, Body = "{}", Headers = new Dictionary<string, string> { ["Content-Range"] = "bytes 0-1/2" } };
        try
        {
            proxy.Add(new Fault { Path = "/blobs/", RedirectTo = $"http://{first.Host}", Times = 1 });
            proxy.Add(new Fault { Path = "/blobs/", RedirectTo = $"http://{second.Host}" });
            first.Add(range with { Times = 1 });
            first.Add(new Fault { Path = "/blobs/", Status = 503 });
            second.Add(range);
            using RegistryClient client = new(Settings(), time);
            IImageSource source = client.Open(Name("a/small:one"));
            await source.ReadRangeAsync(Small, 0, new byte[2], token);
            if (!fails)
            {
                await first.DisposeAsync();
                first = null;
            }

            await source.ReadRangeAsync(Small, 0, new byte[2], token);

            Assert.Single(second.Requests);
            Assert.Equal(fails ? 2 : null, first?.Requests.Count);
        }
        finally
        {
            await (first?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    [Fact]
    public async Task A_push_that_may_not_read_where_a_blob_could_be_mounted_from_sends_it()
    {
        byte[] bytes = "a layer"u8.ToArray();
        Descriptor blob = new() { MediaType = MediaTypes.OciLayer, DigestText = Digest.Of(bytes).ToString(), Size = bytes.Length };
        proxy.Add(new Fault { Path = "?mount=", Status = 403 });
        using RegistryClient client = WithPassword(TokenIssuer.Password);

        BlobWriting writing = await client.OpenTarget(Name("a/small:two")).WriteBlobAsync(blob, Name("b/other:1"), (offset, _) => Task.FromResult<Stream>(new MemoryStream(bytes[(int)offset..])), token);

        Assert.Equal(BlobWriting.Sent, writing);
        Assert.Contains(proxy.Requests, request => request.Path.Contains("?mount=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_redirect_that_has_expired_at_once_is_asked_for_again_and_then_fails()
    {
        await using FaultProxy storage = new(registry.Port);
        proxy.Add(new Fault { Path = "/blobs/", RedirectTo = $"http://{storage.Host}" });
        storage.Add(new Fault { Path = "/blobs/", Status = 403, Times = 1 });
        storage.Add(new Fault { Path = "/blobs/", Status = 206, Times = 1, Body = "{}", Headers = new Dictionary<string, string> { ["Content-Range"] = "bytes 0-1/2" } });
        storage.Add(new Fault { Path = "/blobs/", Status = 403 });
        using RegistryClient client = new(Settings(), time);
        IImageSource source = client.Open(Name("a/small:one"));

        await source.ReadRangeAsync(Small, 0, new byte[2], token);
        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => source.ReadRangeAsync(Small, 0, new byte[2], token));

        Assert.Equal(ImageError.Unauthorized, exception.Error);
        Assert.EndsWith($"{storage.Host} answers 403: Forbidden, after {proxy.Host} redirected the request", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://storage.example", "redirects to 'http://storage.example', which is not protected by TLS; allow that for this registry, or use another")]
    [InlineData("file://", "which is not protected by TLS")]
    public async Task A_redirect_to_what_is_not_protected_is_refused(string target, string cause)
    {
        proxy.Add(new Fault { Path = "/blobs/", RedirectTo = target });
        using RegistryClient client = new(Settings(), time);

        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => ReadBlobAsync(client.Open(Name("a/small:one"))));

        Assert.Equal(ImageError.RegistryFault, exception.Error);
        Assert.Contains(cause, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        proxy.Add(new Fault { Path = "/blobs/", RedirectTo = $"http://{proxy.Host}" });
        using RegistryClient client = new(Settings(), time);

        Assert.Contains("redirects more than 5 times", (await Assert.ThrowsAsync<ImageException>(() => ReadBlobAsync(client.Open(Name("a/small:one"))))).Message, StringComparison.Ordinal);
    }

    private RegistrySettings Settings(string credentials = "{}")
    {
        string file = Path.Combine(directory.FullName, Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, credentials);
        return new RegistrySettings { Limits = RegistryFixture.Impatient, CredentialFiles = [file] };
    }

    private RegistryClient WithPassword(string password) =>
        new(Settings(Auths(PasswordMember(password))), time);

    private static string PasswordMember(string password) => $"\"auth\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes($"{TokenIssuer.User}:{password}"))}\"";

    private string Auths(string members) => $"{{\"auths\":{{\"{proxy.Host}\":{{{members}}}}}}}";

    private ImageReference Name(string name) => ImageReference.Parse($"{proxy.Host}/{name}");

    private async Task ReadBlobAsync(IImageSource source)
    {
        await using Stream stream = await source.OpenBlobAsync(Small, 0, token);
        byte[] bytes = new byte[2];
        await stream.ReadExactlyAsync(bytes, token);
        Assert.Equal("{}"u8.ToArray(), bytes);
    }
}
