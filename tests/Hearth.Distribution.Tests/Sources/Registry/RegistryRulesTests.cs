using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Settings.Files;

namespace Hearth.Distribution.Tests.Sources.Registry;

public sealed class RegistryRulesTests : IDisposable
{
    private const string Digest = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-registry-");

    public void Dispose() => directory.Delete(recursive: true);

    [Theory]
    [InlineData("python", "mirror.example:5000/library/python ?digests, other.example/hub/library/python !, docker.io/library/python")]
    [InlineData("q.io/a", "q.io/a")]
    [InlineData("moved.example/a/b:1", "new.example/team/a/b")]
    [InlineData("moved.example/special/x", "special.example/x")]
    [InlineData("moved.example/specialist/x", "new.example/team/specialist/x")]
    [InlineData("a.wild.example/x", "a.wild.example/x !")]
    [InlineData("wild.example/x", "wild.example/x")]
    [InlineData("tags.example/x", "m.example/x ?tags, tags.example/x")]
    [InlineData("digests.example/x", "m.example/x ?digests, n.example/x, digests.example/x")]
    [InlineData("called.example/x", "called.example/x !")]
    public void The_longest_rule_decides_where_an_image_is_found(string name, string endpoints)
    {
        Write("registries.conf", """
            # As containers-registries.conf(5) has it.
            unqualified-search-registries = ["quay.io", 'example.com']
            short-name-mode = "enforcing"

            [[registry]]
            prefix = "docker.io"
            [[registry.mirror]]
            location = "mirror.example:5000"
            pull-from-mirror = "digest-only"
            [[registry.mirror]]
            location = "other.example/hub/"
            insecure = true

            [[registry]]
            prefix = "moved.example"
            location = "new.example/team"

            [[registry]]
            prefix = "moved.example/special"
            location = "special.example"

            [[registry]]
            prefix = "*.wild.example"
            insecure = true

            [[registry]]
            location = "tags.example"
            mirror = [ { location = "m.example", pull-from-mirror = "tag-only" } ]

            [[registry]]
            location = "digests.example"
            mirror-by-digest-only = true
            mirror = [ { location = "m.example" }, { location = "n.example", pull-from-mirror = "all" } ]

            [aliases]
            "python" = "quay.io/python"
            """);

        Assert.Equal(endpoints, string.Join(", ", Rules("registries.conf").EndpointsOf(ImageReference.Parse(name)).Select(Show)));
    }

    [Fact]
    public void A_later_file_replaces_a_rule()
    {
        Write("registries.conf", "[[registry]]\nlocation = 'a.example'\nblocked = true\n[[registry]]\nlocation = 'b.example'\nblocked = true");
        Directory.CreateDirectory(Path.Combine(directory.FullName, "d"));
        Write("d/10.conf", "[[registry]]\nlocation = 'a.example'\ninsecure = true");
        Write("d/ignored.txt", "[");

        RegistryRules rules = Rules("registries.conf", "d", "missing");

        Assert.Equal("a.example/x !", Show(rules.EndpointsOf(ImageReference.Parse("a.example/x"))[0]));
        ImageException exception = Assert.Throws<ImageException>(() => rules.EndpointsOf(ImageReference.Parse("b.example/x")));
        Assert.Equal("cannot use 'b.example/x': registries.conf blocks 'b.example'; remove 'blocked' there, or use another registry", exception.Message);
        Assert.True(rules.EndpointOf("a.example").IsInsecure);
        Assert.True(rules.EndpointOf("called.example").IsInsecure);
        Assert.False(rules.EndpointOf("c.example").IsInsecure);
    }

    [Theory]
    [InlineData("[[registry]\nx=1", "(1,11) : error : Expected `]]` but was `]`")]
    [InlineData("registry = 5", "(1,12) : error : Expected StartArray token but was Integer")]
    [InlineData("[[registry]]\ninsecure = true", "a [[registry]] has neither prefix nor location")]
    [InlineData("[[registry]]\nlocation = 'a'\n[[registry.mirror]]\ninsecure = true", "a [[registry.mirror]] has no location")]
    [InlineData("[[registry]]\nlocation = 'a'\n[[registry.mirror]]\nlocation = 'b'\npull-from-mirror = 'never'", "pull-from-mirror is 'never'; use all, digest-only or tag-only")]
    public void Malformed_files_are_refused(string text, string cause)
    {
        Write("registries.conf", text);

        ImageException exception = Assert.Throws<ImageException>(() => Rules("registries.conf"));

        Assert.Equal((ImageError.Malformed, $"cannot read '{Path.Combine(directory.FullName, "registries.conf")}': {cause}"), (exception.Error, exception.Message));
    }

    [Fact]
    public void A_location_that_is_no_repository_is_refused()
    {
        Write("registries.conf", "[[registry]]\nprefix = 'a.example'\nlocation = 'http://b.example'");

        Assert.Throws<ImageException>(() => Rules("registries.conf").EndpointsOf(ImageReference.Parse("a.example/x")));
    }

    [Fact]
    public void Docker_hub_answers_at_another_host()
    {
        Assert.Equal("registry-1.docker.io", new RegistryRules([], []).EndpointsOf(ImageReference.Parse("python" + Digest))[0].Authority);
        Assert.Equal("q.io:5000", new RegistryRules([], []).EndpointsOf(ImageReference.Parse("q.io:5000/python"))[0].Authority);
    }

    [Fact]
    public void The_environment_names_files_and_proxies()
    {
        Dictionary<string, string> variables = new()
        {
            ["HOME"] = "/home/u",
            ["XDG_RUNTIME_DIR"] = "/run/user/5",
            ["PATH"] = "/bin",
            ["https_proxy"] = "http://p:3128",
            ["NO_PROXY"] = "a,b",
        };

        RegistrySettings settings = RegistrySettings.FromEnvironment(variables.GetValueOrDefault, 5);

        Assert.Equal(["/home/u/.docker/config.json", "/run/user/5/containers/auth.json", "/run/containers/5/auth.json", "/home/u/.config/containers/auth.json"], settings.CredentialFiles);
        Assert.Equal("/home/u/.docker/config.json", settings.LoginFile);
        Assert.Equal("/home/u/.config/containers/certs.d", settings.CertificateDirectories[0]);
        Assert.Equal(new ProxySettings(null, "http://p:3128", "a,b"), settings.Proxy);
        Assert.Equal("/bin", settings.ProgramPath);
        variables["DOCKER_CONFIG"] = "/d";
        Assert.Equal("/d/config.json", RegistrySettings.FromEnvironment(variables.GetValueOrDefault, 0).LoginFile);
        variables["REGISTRY_AUTH_FILE"] = "/f";
        variables["CONTAINERS_REGISTRIES_CONF"] = "/r";
        Assert.Equal(["/f"], RegistrySettings.FromEnvironment(variables.GetValueOrDefault, 0).CredentialFiles);
        Assert.Equal(["/r"], RegistrySettings.FromEnvironment(variables.GetValueOrDefault, 0).RegistryFiles);
        Assert.Null(RegistrySettings.FromEnvironment(_ => null, 0).LoginFile);
        Assert.Equal(["/etc/containers/registries.conf", "/etc/containers/registries.conf.d"], RegistrySettings.FromEnvironment(_ => null, 0).RegistryFiles);
    }

    private static string Show(RegistryEndpoint endpoint) =>
        $"{endpoint}{(endpoint.IsInsecure ? " !" : "")}{(endpoint.TakesTags ? "" : " ?digests")}{(endpoint.TakesDigests ? "" : " ?tags")}";

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(directory.FullName, name), text);

    private RegistryRules Rules(params string[] names) => new(RegistriesReading.Read([.. names.Select(name => Path.Combine(directory.FullName, name))]), ["called.example"]);
}
