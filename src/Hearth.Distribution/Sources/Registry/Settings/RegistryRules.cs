using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Registry.Settings;

/// <summary>All rules of registries.conf, and the hosts that a caller calls insecure.</summary>
internal sealed class RegistryRules(IReadOnlyList<RegistryRule> rules, IReadOnlyList<string> insecureHosts)
{
    /// <summary>Where an image is read from: mirrors first, the registry itself last.</summary>
    /// <exception cref="ImageException">The registry is blocked.</exception>
    public IReadOnlyList<RegistryEndpoint> EndpointsOf(ImageReference reference)
    {
        RegistryRule? rule = rules.Where(rule => rule.MatchedLength(reference) > 0).MaxBy(rule => rule.MatchedLength(reference));
        if (rule is { IsBlocked: true })
        {
            throw new ImageException(
                ImageError.InvalidRequest, $"cannot use '{reference.Familiar}': registries.conf blocks '{rule.Prefix}'; remove 'blocked' there, or use another registry");
        }

        IEnumerable<RegistryEndpoint> endpoints = rule?.EndpointsOf(reference) ?? [new RegistryEndpoint(reference.Host, reference.Path)];
        return [.. endpoints.Select(endpoint => insecureHosts.Contains(endpoint.Host) ? endpoint with { IsInsecure = true } : endpoint)];
    }

    /// <summary>A registry as a whole.</summary>
    public RegistryEndpoint EndpointOf(string host) => new(host, "", insecureHosts.Contains(host) || rules.Any(rule => rule.Prefix == host && rule.IsInsecure));
}
