using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Health;
using Hearth.Distribution.References;

namespace Hearth.Rendering;

/// <summary>docker's <c>--filter</c> for containers: values of one name are alternatives, but a container must have all labels; different names must all match.</summary>
public sealed class ContainerFilter
{
    private const string StatusName = "status";
    private const string TaskName = "is-task";
    private const string ExitedName = "exited";
    private const string HealthName = "health";
    private const string NoHealth = "none";
    private const string DigestPrefix = "sha256:";

    private static readonly Dictionary<string, Func<Container, string, bool>> tests = new(StringComparer.Ordinal)
    {
        ["id"] = (container, value) => container.Id.StartsWith(value, StringComparison.Ordinal),
        ["name"] = (container, value) => MatchesName(container.Name, value),
        [StatusName] = (container, value) => string.Equals(container.State.Status.ToString(), value, StringComparison.OrdinalIgnoreCase),
        [ExitedName] = (container, value) => container.State.Status == ContainerStatus.Exited && container.State.ExitCode.ToString(CultureInfo.InvariantCulture) == value,
        [HealthName] = (container, value) => string.Equals(HealthOf(container.State), value, StringComparison.OrdinalIgnoreCase),
        [Labels.Filter] = (container, value) => Labels.Match(container.Description.Labels, value),
        ["volume"] = (container, value) => MountView.AllOf(container.Description).Any(mount => mount.IsNamed(value)),
        ["ancestor"] = IsOfImage,
        ["network"] = (container, value) => container.Description.Network.EffectiveNetworks.Any(place => place.Network == NetworkName.Canonical(value)),
        ["expose"] = (container, value) => container.Description.Network.ExposedPorts.Any(port => HasPort(port, value)),
        ["publish"] = (container, value) => container.Description.Network.Ports.Any(port => HasPort($"{port.ContainerPort}/{port.Protocol}", value)),
        [TaskName] = (_, value) => !FilterValue.ReadTruth(TaskName, value),
        ["root"] = (container, value) => container.Description.Spec.Root!.Path == Path.GetFullPath(value),
    };

    /// <summary>docker's words of a status; a container that waits for a restart has one that is not on record.</summary>
    private static readonly string[] statuses = [.. Enum.GetNames<ContainerStatus>(), "restarting", "removing", "dead"];

    private static readonly string[] healths = [.. Enum.GetNames<HealthStatus>(), NoHealth];

    private readonly ILookup<string, Func<Container, bool>> wanted;

    private ContainerFilter(ILookup<string, Func<Container, bool>> wanted) => this.wanted = wanted;

    /// <summary>Whether it selects by state, so that stopped containers are included.</summary>
    public bool ConcernsStatus => wanted.Contains(StatusName) || wanted.Contains(ExitedName);

    /// <param name="texts">NAME=VALUE.</param>
    /// <param name="find">Finds a container by its name, its id, or the beginning of its id.</param>
    /// <param name="statusOf">A status that is not on record, or null for the one that is; null if there is none such.</param>
    /// <exception cref="FormatException">Not NAME=VALUE, an unknown name, or a value that none can have.</exception>
    /// <exception cref="HearthException">There is no container of which a filter speaks.</exception>
    public static ContainerFilter Parse(IEnumerable<string> texts, Func<string, Container> find, Func<Container, string?>? statusOf = null) =>
        new(texts.Select(Split).ToLookup(pair => pair.Name, pair => Demand(pair.Name, pair.Value, find, statusOf)));

    public bool Matches(Container container) =>
        wanted.All(group => group.Key == "label" ? group.All(matches => matches(container)) : group.Any(matches => matches(container)));

    private static Func<Container, bool> Demand(string name, string value, Func<string, Container> find, Func<Container, string?>? statusOf)
    {
        RequireValue(name, value);
        if (name is StatusName or ExitedName && statusOf is not null)
        {
            return container => statusOf(container) is { } status
                ? name == StatusName && string.Equals(status, value, StringComparison.OrdinalIgnoreCase)
                : tests[name](container, value);
        }

        if (name is not ("before" or "since"))
        {
            return container => tests[name](container, value);
        }

        DateTimeOffset created = find(value).Description.Created;
        return name == "before" ? container => container.Description.Created < created : container => container.Description.Created > created;
    }

    private static void RequireValue(string name, string value)
    {
        string? allowed = name switch
        {
            StatusName when !statuses.Contains(value, StringComparer.OrdinalIgnoreCase) => string.Join(", ", statuses.Select(status => status.ToLowerInvariant())),
            HealthName when !healths.Contains(value, StringComparer.OrdinalIgnoreCase) => string.Join(", ", healths.Select(health => health.ToLowerInvariant())),
            TaskName when value is not ("true" or "1" or "false" or "0") => "true or false",
            ExitedName when !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => "a whole number",
            _ => null,
        };
        if (allowed is not null)
        {
            throw new FormatException($"invalid filter '{name}={value}': its value is {allowed}");
        }
    }

    /// <summary>Matches the image by its name, also without the tag <c>latest</c>, or by the beginning of its id.</summary>
    private static bool IsOfImage(Container container, string value)
    {
        string own = container.Description.Spec.Root!.Path;
        if (own == value || container.Description.Image is not { } image)
        {
            return own == value;
        }

        string digits = value.StartsWith(DigestPrefix, StringComparison.Ordinal) ? value[DigestPrefix.Length..] : value;
        bool isId = digits.Length > 0 && digits.All(char.IsAsciiHexDigitLower) && image.Id.StartsWith(DigestPrefix + digits, StringComparison.Ordinal);
        return isId || ImageReference.TryParse(value, out ImageReference? wanted) && ImageReference.TryParse(own, out ImageReference? name) && wanted.WithDefaultTag().Familiar == name.WithDefaultTag().Familiar;
    }

    /// <summary>docker's word; none for a container that is not checked.</summary>
    private static string HealthOf(ContainerState state) =>
        state.Status is ContainerStatus.Running or ContainerStatus.Paused && state.Health is { } health ? health.Status.ToString() : NoHealth;

    /// <summary>A part of the name; <c>^</c> and <c>$</c> mean its beginning and its end.</summary>
    private static bool MatchesName(string name, string value)
    {
        bool isBeginning = value.StartsWith('^');
        bool isEnd = value.EndsWith('$');
        string text = value.TrimStart('^').TrimStart('/').TrimEnd('$');
        return (isBeginning, isEnd) switch
        {
            (true, true) => name == text,
            (true, false) => name.StartsWith(text, StringComparison.Ordinal),
            (false, true) => name.EndsWith(text, StringComparison.Ordinal),
            _ => name.Contains(text, StringComparison.Ordinal),
        };
    }

    /// <param name="port">A container's: <c>80/tcp</c>.</param>
    /// <param name="value"><c>80</c>, <c>80/udp</c>, or a range such as <c>80-90</c> with or without a protocol.</param>
    private static bool HasPort(string port, string value)
    {
        string[] own = port.Split('/');
        string[] parts = value.Split('/', 2);
        string[] ends = parts[0].Split('-', 2);
        return own[1] == (parts.ElementAtOrDefault(1) ?? "tcp")
            && ushort.TryParse(own[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            && ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first)
            && ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last)
            && number >= first && number <= last;
    }

    private static (string Name, string Value) Split(string text)
    {
        string[] parts = text.Split('=', 2);
        return parts.Length == 2 && (tests.ContainsKey(parts[0]) || parts[0] is "before" or "since")
            ? (parts[0], parts[1])
            : throw new FormatException($"invalid filter '{text}': give NAME=VALUE, with one of before, since, {string.Join(", ", tests.Keys)}");
    }
}
