namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>What decides how registries are reached: files, hosts, limits. Nothing in it is read before a registry is used.</summary>
public sealed record RegistrySettings
{
    private const string DefaultProgramPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Files with credentials, docker's config.json or podman's auth.json. The first that knows a registry decides.</summary>
    public IReadOnlyList<string> CredentialFiles { get; init; } = [];

    /// <summary>The file that login and logout change.</summary>
    public string? LoginFile { get; init; }

    /// <summary>Precedes the files for its registry; null for none.</summary>
    public GivenCredential? Given { get; init; }

    /// <summary>Directories of directories HOST or HOST:PORT with *.crt (authorities), *.cert and *.key (of the client).</summary>
    public IReadOnlyList<string> CertificateDirectories { get; init; } = ["/etc/docker/certs.d", "/etc/containers/certs.d"];

    /// <summary>registries.conf files, and directories of such files. A later one's rule replaces an earlier one's of the same prefix.</summary>
    public IReadOnlyList<string> RegistryFiles { get; init; } = [];

    /// <summary>Registries with which plain HTTP and any certificate are allowed; with the port, if the name has one.</summary>
    public IReadOnlyList<string> InsecureHosts { get; init; } = [];

    public ProxySettings? Proxy { get; init; }

    /// <summary>Where credential helpers are searched.</summary>
    public string ProgramPath { get; init; } = DefaultProgramPath;

    public string UserAgent { get; init; } = "hearth";

    public RegistryLimits Limits { get; init; } = new();

    /// <summary>The settings of docker and podman: where their environment variables say, or in their usual places.</summary>
    /// <param name="variable">The value of an environment variable; null if it is unset.</param>
    /// <param name="userId">The user that runs this program.</param>
    public static RegistrySettings FromEnvironment(Func<string, string?> variable, uint userId)
    {
        string? home = Value(variable, "HOME");
        string? docker = Value(variable, "DOCKER_CONFIG") ?? (home is null ? null : Path.Combine(home, ".docker"));
        string configuration = Value(variable, "XDG_CONFIG_HOME") ?? (home is null ? "/nonexistent" : Path.Combine(home, ".config"));
        string? chosen = Value(variable, "REGISTRY_AUTH_FILE");
        string[] candidates =
        [
            .. docker is null ? Array.Empty<string>() : [Path.Combine(docker, "config.json")],
            .. Value(variable, "XDG_RUNTIME_DIR") is { } runtime ? [Path.Combine(runtime, "containers/auth.json")] : Array.Empty<string>(),
            $"/run/containers/{userId}/auth.json",
            Path.Combine(configuration, "containers/auth.json"),
        ];
        string? userRegistries = userId == 0 ? null : Path.Combine(configuration, "containers/registries.conf");
        return new RegistrySettings
        {
            CredentialFiles = chosen is null ? candidates : [chosen],
            LoginFile = chosen ?? (docker is null ? null : candidates[0]),
            CertificateDirectories = userId == 0 || home is null
                ? ["/etc/docker/certs.d", "/etc/containers/certs.d"]
                : [Path.Combine(configuration, "containers/certs.d"), "/etc/docker/certs.d", "/etc/containers/certs.d"],
            RegistryFiles = Value(variable, "CONTAINERS_REGISTRIES_CONF") is { } file ? [file]
                : userRegistries is not null && File.Exists(userRegistries) ? [userRegistries, userRegistries + ".d"]
                : ["/etc/containers/registries.conf", "/etc/containers/registries.conf.d"],
            Proxy = ReadProxy(variable),
            ProgramPath = Value(variable, "PATH") ?? DefaultProgramPath,
        };
    }

    private static ProxySettings? ReadProxy(Func<string, string?> variable)
    {
        // The upper-case HTTP_PROXY is a request header's name in CGI programs; Hearth is none, and docker reads it.
        string? http = Value(variable, "http_proxy") ?? Value(variable, "HTTP_PROXY");
        string? https = Value(variable, "https_proxy") ?? Value(variable, "HTTPS_PROXY");
        return http is null && https is null ? null : new ProxySettings(http, https, Value(variable, "no_proxy") ?? Value(variable, "NO_PROXY"));
    }

    private static string? Value(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 } value ? value : null;
}
