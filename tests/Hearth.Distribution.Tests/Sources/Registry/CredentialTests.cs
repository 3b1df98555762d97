using System.Text.Json.Nodes;
using Hearth.Distribution.Sources.Registry.Credentials;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Tests.Sources.Registry;

public sealed class CredentialTests : IDisposable
{
    private const string Helper = """
        #!/bin/sh
        # Keeps one server's credentials in a file beside it.
        store="$(dirname "$0")/kept"
        case "$1" in
            store) cat >"$store" ;;
            get) read -r server
                if [ "$server" = slow.example ]; then sleep 60; fi
                if [ "$server" = rude.example ]; then printf 'no \033[1mkeyring\n'; exit 1; fi
                if [ "$server" = odd.example ]; then echo odd; exit 0; fi
                if [ "$server" = token.example ]; then echo '{"ServerURL":"token.example","Username":"<token>","Secret":"t"}'; exit 0; fi
                if grep -qs "\"ServerURL\":\"$server\"" "$store"; then cat "$store"; else echo 'credentials not found in native keychain'; exit 1; fi ;;
            erase) read -r server; if [ -e "$store" ]; then rm "$store"; else echo 'credentials not found in native keychain'; exit 1; fi ;;
            list) echo '{"https://index.docker.io/v1/":"u","q.io":"v"}' ;;
        esac
        """;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-registry-");
    private readonly CancellationToken token = TestContext.Current.CancellationToken;

    public CredentialTests()
    {
        string path = Path.Combine(directory.FullName, "docker-credential-test");
        File.WriteAllText(path, Helper);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => directory.Delete(recursive: true);

    [Theory]
    [InlineData("""{"auths":{"q.io":{"auth":"dTpwOnE="}}}""", "q.io", "", "u p:q ")]
    [InlineData("""{"auths":{"https://q.io/v1/":{"auth":"dTpw"}}}""", "q.io", "", "u p ")]
    [InlineData("""{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"}}}""", "docker.io", "library/x", "u p ")]
    [InlineData("""{"auths":{"docker.io":{"auth":"dTpw"}}}""", "docker.io", "library/x", "u p ")]
    [InlineData("""{"auths":{"q.io":{"auth":"dTpw"},"q.io/a/b":{"auth":"djpw"}}}""", "q.io", "a/b/c", "v p ")]
    [InlineData("""{"auths":{"q.io":{"auth":"dTpw"},"q.io/a/b":{"auth":"djpw"}}}""", "q.io", "a/bc", "u p ")]
    [InlineData("""{"auths":{"q.io":{"username":"u","password":"p"}}}""", "q.io", "", "u p ")]
    [InlineData("""{"auths":{"q.io":{"auth":"dTo=","identitytoken":"t"}}}""", "q.io", "", "u  t")]
    [InlineData("""{"auths":{"q.io":{"identitytoken":"t"}}}""", "q.io", "", "  t")]
    [InlineData("""{"auths":{"q.io":{}}}""", "q.io", "", null)]
    [InlineData("""{"auths":{"q.io":{"auth":"dTpw"}}}""", "q.io:5000", "", null)]
    [InlineData("""{"auths":null,"credHelpers":{"other.io":"missing"}}""", "q.io", "", null)]
    [InlineData("{}", "q.io", "", null)]
    [InlineData("", "q.io", "", null)]
    public async Task Credentials_are_found_as_docker_and_podman_keep_them(string file, string host, string repository, string? expected)
    {
        RegistryCredential? found = await Store(file).FindAsync(host, repository, token);

        Assert.Equal(expected, found is null ? null : $"{found.Username} {found.Secret} {found.IdentityToken}");
    }

    [Theory]
    [InlineData("[]", "it is not a JSON object of at most 4 MiB")]
    [InlineData("{", "Expected depth to be zero")]
    [InlineData("""{"auths":{},"auths":{}}""", "Duplicate property 'auths'")]
    [InlineData("""{"auths":{"q.io":{"auth":"nocolon!"}}}""", "the 'auth' of 'q.io' is not base64 of USER:PASSWORD; log in again")]
    public async Task Malformed_files_are_refused(string file, string cause)
    {
        ImageException exception = await Assert.ThrowsAsync<ImageException>(() => Store(file).FindAsync("q.io", "", token));

        Assert.Equal(ImageError.Malformed, exception.Error);
        Assert.StartsWith($"cannot read the credentials in '{directory.FullName}/config.json': ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(cause, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_file_that_knows_a_registry_decides()
    {
        File.WriteAllText(Path.Combine(directory.FullName, "second"), """{"auths":{"q.io":{"auth":"djpw"},"r.io":{"auth":"djpw"}}}""");
        CredentialStore store = Store("""{"auths":{"q.io":{"auth":"dTpw"}}}""", "second");

        Assert.Equal("u", (await store.FindAsync("q.io", "", token))?.Username);
        Assert.Equal("v", (await store.FindAsync("r.io", "", token))?.Username);
    }

    [Fact]
    public async Task Credentials_are_kept_in_a_private_file_beside_what_others_keep_there()
    {
        CredentialStore store = Store("""{"auths":{"r.io":{"auth":"djpw","extra":1}},"detachKeys":"ctrl-x"}""");

        Assert.Equal(Path.Combine(directory.FullName, "config.json"), await store.PutAsync("docker.io", new RegistryCredential("u", "p"), token));

        string path = Path.Combine(directory.FullName, "config.json");
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse("""{"auths":{"r.io":{"auth":"djpw","extra":1},"https://index.docker.io/v1/":{"auth":"dTpw"}},"detachKeys":"ctrl-x"}"""), JsonNode.Parse(File.ReadAllText(path))));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.True(await store.RemoveAsync("docker.io", token));
        Assert.False(await store.RemoveAsync("docker.io", token));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""{"auths":{"r.io":{"auth":"djpw","extra":1}},"detachKeys":"ctrl-x"}"""), JsonNode.Parse(File.ReadAllText(path))));
        Assert.Equal(["config.json", "docker-credential-test"], directory.EnumerateFiles().Select(file => file.Name).Order());
    }

    [Fact]
    public async Task A_link_to_the_file_stays_one()
    {
        CredentialStore store = Store("{}");
        File.Move(Path.Combine(directory.FullName, "config.json"), Path.Combine(directory.FullName, "real.json"));
        File.CreateSymbolicLink(Path.Combine(directory.FullName, "config.json"), "real.json");

        await store.PutAsync("q.io", new RegistryCredential("u", "p"), token);

        Assert.Equal("real.json", new FileInfo(Path.Combine(directory.FullName, "config.json")).LinkTarget);
        Assert.Contains("dTpw", File.ReadAllText(Path.Combine(directory.FullName, "real.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"credsStore":"test"}""")]
    [InlineData("""{"credHelpers":{"https://q.io/v2/":"test"},"credsStore":"missing"}""")]
    public async Task A_helper_keeps_gives_and_erases(string file)
    {
        CredentialStore store = Store(file);

        Assert.Null(await store.FindAsync("q.io", "a", token));
        Assert.Null(await store.PutAsync("q.io", new RegistryCredential("u", "s\"ecret"), token));
        Assert.DoesNotContain("ecret", File.ReadAllText(Path.Combine(directory.FullName, "config.json")), StringComparison.Ordinal);
        RegistryCredential? found = await store.FindAsync("q.io", "a", token);
        Assert.Equal(new RegistryCredential("u", "s\"ecret"), found);
        Assert.True(await store.RemoveAsync("q.io", token));
        Assert.Null(await store.FindAsync("q.io", "a", token));
        Assert.False(await store.RemoveAsync("q.io", token));
    }

    [Fact]
    public async Task A_helper_may_give_an_identity_token()
    {
        Assert.Equal(new RegistryCredential("", "", "t"), await Store("""{"credsStore":"test"}""").FindAsync("token.example", "a", token));
        Assert.Equal(["https://index.docker.io/v1/", "q.io"], await new CredentialProgram("test", Settings(), TimeProvider.System).ListAsync(token));
    }

    [Theory]
    [InlineData("test", "rude.example", "cannot use the credential helper 'test': 'docker-credential-test get' failed: no [1mkeyring")]
    [InlineData("test", "odd.example", "cannot use the credential helper 'test': 'docker-credential-test get' failed: it gave no JSON with Username and Secret")]
    [InlineData("test", "slow.example", "cannot use the credential helper 'test': 'docker-credential-test get' failed: it did not end within 0.5 s")]
    [InlineData("missing", "q.io", "cannot use the credential helper 'missing': no program 'docker-credential-missing' is in PATH; install it, or remove it from config.json")]
    [InlineData("../x", "q.io", "cannot use the credential helper '../x': its name has a '/'")]
    public async Task A_helper_that_fails_says_why(string helper, string host, string message) => Assert.Equal(
        message, (await Assert.ThrowsAsync<ImageException>(() => Store($$"""{"credsStore":"{{helper}}"}""").FindAsync(host, "", token))).Message);

    private CredentialStore Store(string file, params string[] further)
    {
        File.WriteAllText(Path.Combine(directory.FullName, "config.json"), file);
        return new CredentialStore(Settings(further), TimeProvider.System);
    }

    private RegistrySettings Settings(params string[] further) => new()
    {
        CredentialFiles = [.. further.Prepend("config.json").Select(name => Path.Combine(directory.FullName, name))],
        LoginFile = Path.Combine(directory.FullName, "config.json"),
        ProgramPath = $"relative:{directory.FullName}",
        Limits = new RegistryLimits { HelperTimeout = TimeSpan.FromSeconds(0.5) },
    };
}
