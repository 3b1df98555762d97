using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>Debian's registry with passwords in a file, and with a token server.</summary>
public sealed class RegistryLoginTests : IDisposable
{
    private const string User = "hearth";
    private const string Password = "secret-word";

    /// <summary>bcrypt of <see cref="Password"/>, as htpasswd writes it.</summary>
    private const string PasswordFile = "hearth:$2y$05$kftJobJW87M9ptU5MeE.Z.iCm3zP3xU/KphMDRMyDsjIBW3gXnrdK\n";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-registry-");
    private readonly CancellationToken token = TestContext.Current.CancellationToken;

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public async Task A_password_is_tried_and_kept_and_used_and_forgotten()
    {
        using DebianRegistry registry = StartWithPasswords();
        using RegistryClient client = new(Settings(), TimeProvider.System);

        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => client.LoginAsync(registry.Host, User, "wrong", token));
        Assert.Equal((ImageError.Unauthorized, $"cannot log in to '{registry.Host}': {registry.Host} answers 401: authentication required"), (refused.Error, refused.Message));
        Assert.False(File.Exists(LoginFile));
        Assert.Null(await client.LoginAgainAsync(registry.Host, token));

        Assert.Equal(LoginFile, await client.LoginAsync($"http://{registry.Host}/v2/", User, Password, token));
        Assert.Equal(User, await client.LoginAgainAsync(registry.Host, token));
        Assert.Equal(ImageError.Unknown, await PullAsync(registry.Host));

        Assert.True(await client.LogoutAsync(registry.Host, token));
        Assert.False(await client.LogoutAsync(registry.Host, token));
        Assert.Equal(ImageError.Unauthorized, await PullAsync(registry.Host));
    }

    [Fact]
    public async Task Docker_registry_tools_understand_the_file()
    {
        using DebianRegistry registry = StartWithPasswords();
        using RegistryClient client = new(Settings(), TimeProvider.System);
        await client.LoginAsync(registry.Host, User, Password, token);

        string output = RegistryFixture.Run(
            directory.FullName, registry.Host,
            $"umoci init --layout l; umoci new --image l:x; skopeo copy --authfile {LoginFile} --dest-tls-verify=false oci:l:x docker://$HOST/x:1; skopeo login --authfile {LoginFile} --get-login $HOST");

        Assert.Contains(User, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_server_judges_the_password()
    {
        await using TokenIssuer issuer = new();
        using DebianRegistry registry = new(directory.FullName, issuer.Configure(directory.FullName));
        using RegistryClient client = new(Settings(), TimeProvider.System);

        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => client.LoginAsync(registry.Host, User, "wrong", token));
        Assert.Equal($"cannot log in to '{registry.Host}': the token server {issuer.Host} answers 401: incorrect username or password", refused.Message);
        Assert.Equal(LoginFile, await client.LoginAsync(registry.Host, TokenIssuer.User, TokenIssuer.Password, token));
    }

    [Theory]
    [InlineData("a b", "cannot use the registry 'a b': it is not a host's name; use HOST or HOST:PORT")]
    [InlineData("q.io/a", "cannot use the registry 'q.io/a': it is not a host's name; use HOST or HOST:PORT")]
    public async Task A_server_is_a_host(string server, string message)
    {
        using RegistryClient client = new(Settings(), TimeProvider.System);

        Assert.Equal(message, (await Assert.ThrowsAsync<ImageException>(() => client.LogoutAsync(server, token))).Message);
    }

    [Fact]
    public async Task Without_a_home_nothing_is_kept()
    {
        using RegistryClient client = new(new RegistrySettings(), TimeProvider.System);

        Assert.Equal("cannot store credentials: neither HOME nor DOCKER_CONFIG is set; set one", (await Assert.ThrowsAsync<ImageException>(() => client.LogoutAsync("", token))).Message);
    }

    private string LoginFile => Path.Combine(directory.FullName, "docker", "config.json");

    private RegistrySettings Settings() => new() { Limits = RegistryFixture.Impatient, LoginFile = LoginFile, CredentialFiles = [LoginFile] };

    private DebianRegistry StartWithPasswords()
    {
        string passwords = Path.Combine(directory.FullName, "htpasswd");
        File.WriteAllText(passwords, PasswordFile);
        return new DebianRegistry(directory.FullName, $"auth:\n  htpasswd:\n    realm: tests\n    path: {passwords}");
    }

    private async Task<ImageError> PullAsync(string host)
    {
        using RegistryClient client = new(Settings(), TimeProvider.System);
        return (await Assert.ThrowsAsync<ImageException>(() => client.Open(ImageReference.Parse($"{host}/missing")).ReadNamedAsync(token))).Error;
    }
}
