using System.Collections.Concurrent;
using Hearth.Images.References;
using Hearth.Images.Sources.Registry.Authentication;
using Hearth.Images.Sources.Registry.Credentials;
using Hearth.Images.Sources.Registry.Requests;
using Hearth.Images.Sources.Registry.Settings;
using Hearth.Images.Sources.Registry.Transport;

namespace Hearth.Images.Sources.Registry;

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
        rules = new Lazy<RegistryRules>(() => new RegistryRules([], settings.InsecureHosts));
    }

    /// <summary>Opens an image for reading. Nothing is asked yet.</summary>
    /// <exception cref="ImageException">registries.conf blocks the registry, or cannot be read.</exception>
    public IImageSource Open(ImageReference reference) =>
        new RegistryImage(reference, [.. rules.Value.EndpointsOf(reference).Select(endpoint => new RegistryRepository(endpoint, HostOf(endpoint), reference.Familiar))]);

    /// <summary>Opens an image for writing. Nothing is asked yet.</summary>
    /// <exception cref="ImageException">registries.conf blocks the registry, or cannot be read.</exception>
    public IImageTarget OpenTarget(ImageReference reference)
    {
        RegistryEndpoint endpoint = rules.Value.EndpointsOf(reference)[^1];
        return new RegistryTarget(reference, endpoint, HostOf(endpoint));
    }

    public void Dispose() => connections.Dispose();

    private RegistryHost HostOf(RegistryEndpoint endpoint) => hosts.GetOrAdd((endpoint.Host, endpoint.IsInsecure), key => new RegistryHost(
        endpoint.Authority,
        key.IsInsecure,
        connections,
        new HostAuthentication(
            (repository, cancellationToken) => credentials.FindAsync(key.Host, repository, cancellationToken),
            new TokenServer(connections, key.IsInsecure, settings.Limits, time),
            time),
        settings.Limits,
        time));
}
