using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.OciRuntime.Bundles;

/// <summary>The network that a bundle asks for: an existing namespace, a new one, or the host's.</summary>
internal static class BundleNetwork
{
    private const string NetworkType = "network";

    public static NetworkOptions Of(ContainerSpec spec) => spec.Linux?.Namespaces.LastOrDefault(space => space.Type == NetworkType) is { } wanted
        ? new NetworkOptions { Mode = NetworkMode.Namespace, Target = string.IsNullOrEmpty(wanted.Path) ? null : wanted.Path }
        : new NetworkOptions { Mode = NetworkMode.None };
}
