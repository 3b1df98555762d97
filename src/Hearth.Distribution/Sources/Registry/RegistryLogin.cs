using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Credentials;
using Hearth.Distribution.Sources.Registry.Requests;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>What login and logout say of a registry, and how they ask it.</summary>
internal static class RegistryLogin
{
    /// <summary>The registry that a user means.</summary>
    /// <exception cref="ImageException">It is no name of a registry.</exception>
    public static string HostOf(string server)
    {
        string host = server.Length == 0 ? ImageReference.DefaultHost : CredentialServers.HostOf(server);
        return ReferenceGrammar.IsHost(host)
            ? host
            : throw new ImageException(ImageError.InvalidRequest, $"cannot use the registry '{server}': it is not a host's name; use HOST or HOST:PORT");
    }

    /// <summary>Asks for nothing but to be known.</summary>
    /// <exception cref="ImageException">The registry refuses, or cannot be reached.</exception>
    public static Task CheckAsync(RegistryHost registry, string host, CancellationToken cancellationToken) =>
        registry.AskAsync(new RegistryRequest($"log in to '{host}'", HttpMethod.Get, "/v2/", RegistryScope.None, ""), (_, _) => Task.FromResult(true), cancellationToken);
}
