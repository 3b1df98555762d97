using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Registry.Credentials;

/// <summary>By which names credentials are kept.</summary>
internal static class CredentialServers
{
    /// <summary>Docker's name for docker.io.</summary>
    public const string DockerHub = "https://index.docker.io/v1/";

    /// <summary>The name under which docker keeps a host's credentials.</summary>
    public static string KeyOf(string host) => host == ImageReference.DefaultHost ? DockerHub : host;

    /// <summary>A kept name as a host, perhaps with a path: files have <c>https://HOST/v1/</c> too.</summary>
    public static string HostOf(string key)
    {
        string name = key.StartsWith("https://", StringComparison.Ordinal) ? key["https://".Length..]
            : key.StartsWith("http://", StringComparison.Ordinal) ? key["http://".Length..]
            : key;
        name = name.TrimEnd('/');
        name = name.EndsWith("/v1", StringComparison.Ordinal) || name.EndsWith("/v2", StringComparison.Ordinal) ? name[..^3] : name;
        return name is "index.docker.io" or "registry-1.docker.io" ? ImageReference.DefaultHost : name;
    }

    /// <summary>
    /// The names under which a repository's credentials may be kept, the closest first: podman keeps some for a part of a
    /// registry (HOST/PATH).
    /// </summary>
    public static IEnumerable<string> Candidates(string host, string repository)
    {
        string name = repository.Length == 0 ? host : $"{host}/{repository}";
        while (true)
        {
            yield return name;
            int slash = name.LastIndexOf('/');
            if (slash < 0)
            {
                yield break;
            }

            name = name[..slash];
        }
    }
}
