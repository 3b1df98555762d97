using System.Globalization;
using Hearth.Containers;

namespace Hearth.Rendering;

/// <summary>docker's <c>--filter</c> for containers: values of one name are alternatives, different names must all match.</summary>
public sealed class ContainerFilter
{
    private static readonly Dictionary<string, Func<Container, string, bool>> tests = new(StringComparer.Ordinal)
    {
        ["id"] = (container, value) => container.Id.StartsWith(value, StringComparison.Ordinal),
        ["name"] = (container, value) => container.Name.Contains(value.TrimStart('/'), StringComparison.Ordinal),
        ["status"] = (container, value) => string.Equals(container.State.Status.ToString(), value, StringComparison.OrdinalIgnoreCase),
        ["exited"] = (container, value) => container.State.Status == ContainerStatus.Exited && container.State.ExitCode.ToString(CultureInfo.InvariantCulture) == value,
        ["health"] = (container, value) => string.Equals(HealthOf(container.State), value, StringComparison.OrdinalIgnoreCase),
        ["label"] = (container, value) => value.Split('=', 2) is var parts
            && container.Description.Labels.TryGetValue(parts[0], out string? label) && (parts.Length < 2 || label == parts[1]),
        ["volume"] = (container, value) => MountView.AllOf(container.Description).Any(mount => mount.IsNamed(value)),
        ["ancestor"] = (container, value) => container.Description.Spec.Root!.Path == value || container.Description.Image is { } image && (image.Id == value || image.Id.EndsWith(value, StringComparison.Ordinal)),
        ["network"] = (container, value) => container.Description.Network.EffectiveNetworks.Any(place => place.Network == NetworkName.Canonical(value)),
        ["root"] = (container, value) => container.Description.Spec.Root!.Path == Path.GetFullPath(value),
    };

    private readonly ILookup<string, string> wanted;

    private ContainerFilter(ILookup<string, string> wanted) => this.wanted = wanted;

    /// <summary>Whether it selects by state, so that stopped containers are included.</summary>
    public bool ConcernsStatus => wanted.Contains("status") || wanted.Contains("exited");

    /// <exception cref="FormatException">Not NAME=VALUE, or an unknown name.</exception>
    public static ContainerFilter Parse(IEnumerable<string> texts) => new(texts.Select(Split).ToLookup(pair => pair.Name, pair => pair.Value));

    public bool Matches(Container container) =>
        wanted.All(group => group.Any(value => tests[group.Key](container, value)));

    /// <summary>docker's word; none for a container that is not checked.</summary>
    private static string HealthOf(ContainerState state) =>
        state.Status is ContainerStatus.Running or ContainerStatus.Paused && state.Health is { } health ? health.Status.ToString() : "none";

    private static (string Name, string Value) Split(string text)
    {
        string[] parts = text.Split('=', 2);
        return parts.Length == 2 && tests.ContainsKey(parts[0])
            ? (parts[0], parts[1])
            : throw new FormatException($"invalid filter '{text}': give NAME=VALUE, with one of {string.Join(", ", tests.Keys)}");
    }
}
