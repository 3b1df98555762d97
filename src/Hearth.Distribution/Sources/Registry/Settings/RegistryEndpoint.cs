using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>A repository at one host: a mirror's, or the registry's own.</summary>
/// <param name="Host">With the port, if the name has one.</param>
/// <param name="Repository">The repository's name there.</param>
/// <param name="IsInsecure">Plain HTTP and unknown certificates are allowed.</param>
/// <param name="TakesTags">A mirror may be asked for digests only, since it can lag behind.</param>
/// <param name="TakesDigests">Or for tags only.</param>
internal sealed record RegistryEndpoint(string Host, string Repository, bool IsInsecure = false, bool TakesTags = true, bool TakesDigests = true)
{
    /// <summary>docker.io is a name; its registry answers elsewhere.</summary>
    private const string DockerHub = "registry-1.docker.io";

    /// <summary>The host that answers requests.</summary>
    public string Authority => Host == ImageReference.DefaultHost ? DockerHub : Host;

    public override string ToString() => $"{Host}/{Repository}";
}
