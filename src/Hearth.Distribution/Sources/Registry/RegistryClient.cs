using System.Collections.Concurrent;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Credentials;
using Hearth.Distribution.Sources.Registry.Requests;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Settings.Files;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>
/// Reads and writes images of registries by the OCI distribution specification 1.1. Connections, tokens and what is known of hosts are
/// shared by all images that one client opens. Thread-safe.
/// </summary>
public sealed class RegistryClient : IDisposable
{
    private readonly RegistrySettings settings;
    private readonly TimeProvider time;
    private readonly HostConnections connections;
    private readonly CredentialStore credentials;
    private readonly Lazy<RegistryRules> rules;
    private readonly ConcurrentDictionary<(string Host, bool IsInsecure), RegistryHost> hosts = new();

    /// <exception cref="ImageException">A proxy's address is malformed.</exception>
    public RegistryClient(RegistrySettings settings, TimeProvider time)
    {
        this.settings = settings;
        this.time = time;
        connections = new HostConnections(settings);
        credentials = new CredentialStore(settings, time);
        rules = new Lazy<RegistryRules>(() => new RegistryRules(RegistriesReading.Read(settings.RegistryFiles), settings.InsecureHosts));
    }

    /// <summary>The registry that a user means.</summary>
    /// <param name="server">HOST or HOST:PORT; empty for docker.io. An address such as docker's https://HOST/v1/ is understood.</param>
    /// <exception cref="ImageException">It is no name of a registry.</exception>
    public static string HostOf(string server) => RegistryLogin.HostOf(server);

    /// <summary>Opens an image for reading. Nothing is asked yet.</summary>
    /// <exception cref="ImageException">registries.conf blocks the registry, or cannot be read.</exception>
    public IImageSource Open(ImageReference reference) =>
        new RegistryImage(reference, [.. rules.Value.EndpointsOf(reference).Select(endpoint => new RegistryRepository(endpoint, HostOf(endpoint), reference.Familiar))]);

    /// <summary>Lists the tags of a repository, as its registry has them; mirrors are not asked.</summary>
    /// <exception cref="ImageException">The registry refuses, cannot be reached, or answers something else.</exception>
    public Task<IReadOnlyList<string>> ListTagsAsync(ImageReference repository, CancellationToken cancellationToken)
    {
        RegistryEndpoint endpoint = rules.Value.EndpointsOf(repository)[^1];
        return new TagsReading(HostOf(endpoint), endpoint, repository.FamiliarRepository).ListAsync(cancellationToken);
    }

    /// <summary>Opens an image for writing. Nothing is asked yet.</summary>
    /// <exception cref="ImageException">registries.conf blocks the registry, or cannot be read.</exception>
    public IImageTarget OpenTarget(ImageReference reference)
    {
        RegistryEndpoint endpoint = rules.Value.EndpointsOf(reference)[^1];
        return new RegistryTarget(reference, endpoint, HostOf(endpoint));
    }

    /// <summary>Asks a registry whether it knows a user, and stores the password if it does.</summary>
    /// <param name="server">HOST or HOST:PORT; empty for docker.io. An address such as docker's https://HOST/v1/ is understood.</param>
    /// <param name="username">The user.</param>
    /// <param name="password">The user's password, or a token that stands for it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The file that has the password now, readable to all programs of its owner; null if a credential helper has it.</returns>
    /// <exception cref="ImageException">The registry refuses or cannot be reached, or the password cannot be stored.</exception>
    public async Task<string?> LoginAsync(string server, string username, string password, CancellationToken cancellationToken)
    {
        string host = RegistryLogin.HostOf(server);
        RegistryCredential credential = new(username, password);
        await RegistryLogin.CheckAsync(HostOf(rules.Value.EndpointOf(host), (_, _) => Task.FromResult<RegistryCredential?>(credential)), host, cancellationToken).ConfigureAwait(false);
        return await credentials.PutAsync(host, credential, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the registry of the given password whether it accepts it. Nothing is stored.</summary>
    /// <exception cref="ImageException">No password is given, or the registry refuses or cannot be reached.</exception>
    public Task CheckGivenAsync(CancellationToken cancellationToken)
    {
        string host = settings.Given?.Host ?? throw new ImageException(ImageError.InvalidRequest, "cannot check a password: none is given");
        return RegistryLogin.CheckAsync(HostOf(rules.Value.EndpointOf(host)), host, cancellationToken);
    }

    /// <summary>Asks a registry whether it still accepts the stored password.</summary>
    /// <returns>The user; null if no password is stored.</returns>
    /// <exception cref="ImageException">The registry refuses or cannot be reached.</exception>
    public async Task<string?> LoginAgainAsync(string server, CancellationToken cancellationToken)
    {
        string host = RegistryLogin.HostOf(server);
        RegistryCredential? credential = await credentials.FindAsync(host, "", cancellationToken).ConfigureAwait(false);
        if (credential is null)
        {
            return null;
        }

        await RegistryLogin.CheckAsync(HostOf(rules.Value.EndpointOf(host), (_, _) => Task.FromResult<RegistryCredential?>(credential)), host, cancellationToken).ConfigureAwait(false);
        return credential.Username;
    }

    /// <summary>Removes what is stored for a registry.</summary>
    /// <returns>Whether there was anything.</returns>
    /// <exception cref="ImageException">It cannot be removed.</exception>
    public Task<bool> LogoutAsync(string server, CancellationToken cancellationToken) => credentials.RemoveAsync(RegistryLogin.HostOf(server), cancellationToken);

    public void Dispose() => connections.Dispose();

    private RegistryHost HostOf(RegistryEndpoint endpoint) => hosts.GetOrAdd(
        (endpoint.Host, endpoint.IsInsecure), _ => HostOf(endpoint, (repository, cancellationToken) => settings.Given is { } given && given.Host == endpoint.Host
            ? Task.FromResult<RegistryCredential?>(new RegistryCredential(given.Username, given.Secret, given.IdentityToken))
            : credentials.FindAsync(endpoint.Host, repository, cancellationToken)));

    private RegistryHost HostOf(RegistryEndpoint endpoint, Func<string, CancellationToken, Task<RegistryCredential?>> find) => new(
        endpoint,
        connections,
        new HostAuthentication(find, new TokenServer(connections, endpoint.IsInsecure, settings.Limits, time), time),
        settings.Limits,
        time);
}
