using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>A <c>[[registry]]</c> of registries.conf: how names that begin with a prefix are reached.</summary>
internal sealed record RegistryRule
{
    /// <summary>HOST, HOST/PATH, or <c>*.DOMAIN</c> for all hosts of a domain.</summary>
    public required string Prefix { get; init; }

    /// <summary>Replaces the prefix; null where the names stay.</summary>
    public string? Location { get; init; }

    public bool IsInsecure { get; init; }

    public bool IsBlocked { get; init; }

    /// <summary>Asked before the registry itself, in this order.</summary>
    public IReadOnlyList<RegistryMirror> Mirrors { get; init; } = [];

    /// <summary>How many characters of a name the rule describes; the longest rule decides. 0 where it does not apply.</summary>
    public int MatchedLength(ImageReference reference)
    {
        if (Prefix.StartsWith("*.", StringComparison.Ordinal))
        {
            return reference.Host.EndsWith(Prefix[1..], StringComparison.Ordinal) ? reference.Host.Length : 0;
        }

        string name = reference.Repository;
        bool ends = name.Length == Prefix.Length || (name.Length > Prefix.Length && name[Prefix.Length] == '/');
        return ends && name.StartsWith(Prefix, StringComparison.Ordinal) ? Prefix.Length : 0;
    }

    /// <summary>Where a name that the rule describes is found.</summary>
    public IEnumerable<RegistryEndpoint> EndpointsOf(ImageReference reference)
    {
        string rest = reference.Repository[MatchedLength(reference)..];
        return Mirrors.Select(mirror => Endpoint(mirror.Location + rest, mirror.IsInsecure) with { TakesTags = mirror.TakesTags, TakesDigests = mirror.TakesDigests })
            .Append(Endpoint(Location is null ? reference.Repository : Location + rest, IsInsecure));
    }

    private static RegistryEndpoint Endpoint(string name, bool isInsecure)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && ReferenceGrammar.IsHost(name[..slash]) && name[(slash + 1)..].Split('/').All(ReferenceGrammar.IsPathComponent)
            ? new RegistryEndpoint(name[..slash], name[(slash + 1)..], isInsecure)
            : throw new ImageException(ImageError.InvalidRequest, $"cannot use the location '{name}' of registries.conf: it is not HOST/REPOSITORY");
    }
}
