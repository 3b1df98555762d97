namespace Hearth.Records.Events;

/// <summary>Selects events by docker's filters. An event must match at least one value of each key that is given, and all labels.</summary>
public sealed class EventFilter
{
    private const string LabelKey = "label";

    private static readonly Dictionary<string, Func<ContainerEvent, string, bool>> conditions = new(StringComparer.Ordinal)
    {
        ["type"] = (happened, type) => happened.Type == type,
        ["event"] = IsAction,
        ["container"] = IsOfContainer,
        ["volume"] = (happened, name) => happened.Type == EventType.Volume && happened.Actor.Id == name,
        ["network"] = (happened, network) => happened.Type == EventType.Network
            && (happened.Actor.Id.StartsWith(network, StringComparison.Ordinal) || AttributeOf(happened, EventAttribute.Name) == network),
        ["image"] = IsOfImage,
        ["name"] = (happened, name) => AttributeOf(happened, EventAttribute.Name) == name,
        [LabelKey] = HasLabel,
        ["scope"] = (_, scope) => scope == "local",
    };

    private readonly IReadOnlyList<IGrouping<string, (string Key, string Value)>> wanted;

    private EventFilter(IEnumerable<(string Key, string Value)> wanted) => this.wanted = [.. wanted.GroupBy(condition => condition.Key)];

    /// <summary>Matches every event.</summary>
    public static EventFilter All { get; } = new([]);

    /// <summary>The known keys.</summary>
    public static IEnumerable<string> Keys => conditions.Keys;

    /// <param name="filters">KEY=VALUE each.</param>
    /// <exception cref="FormatException">A key is not known, or has no value.</exception>
    public static EventFilter Parse(IEnumerable<string> filters) => new([.. filters.Select(ParseOne)]);

    public bool Passes(ContainerEvent happened) =>
        wanted.All(key => key.Key == LabelKey ? key.All(condition => HasLabel(happened, condition.Value)) : key.Any(condition => conditions[condition.Key](happened, condition.Value)));

    private static (string Key, string Value) ParseOne(string filter)
    {
        int equals = filter.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? filter : filter[..equals];
        return equals < 0 || !conditions.ContainsKey(key)
            ? throw new FormatException($"invalid filter '{filter}': it takes KEY=VALUE with a key out of {string.Join(", ", conditions.Keys)}")
            : (key, filter[(equals + 1)..]);
    }

    /// <summary>Matches an action also without what follows its colon: <c>health_status</c>, <c>exec_start</c>.</summary>
    private static bool IsAction(ContainerEvent happened, string action) =>
        happened.Action == action || happened.Action.StartsWith($"{action}:", StringComparison.Ordinal);

    /// <summary>
    /// Matches a container by its id, the beginning of its id, or its name; an event of a volume or a network by the container that has
    /// it.
    /// </summary>
    private static bool IsOfContainer(ContainerEvent happened, string container) => happened.Type == EventType.Container
        ? happened.Actor.Id.StartsWith(container, StringComparison.Ordinal) || AttributeOf(happened, EventAttribute.Name) == container
        : AttributeOf(happened, EventAttribute.Container)?.StartsWith(container, StringComparison.Ordinal) == true;

    /// <summary>Matches a container by its image, and an image by its id or its name, also without the tag.</summary>
    private static bool IsOfImage(ContainerEvent happened, string image)
    {
        if (happened.Type != EventType.Image)
        {
            return AttributeOf(happened, EventAttribute.Image) == image;
        }

        string? name = AttributeOf(happened, EventAttribute.Name);
        return happened.Actor.Id == image || name == image || (name is not null && name.StartsWith($"{image}:", StringComparison.Ordinal));
    }

    /// <summary>Matches a label, which is one of the attributes; NAME, or NAME=VALUE.</summary>
    private static bool HasLabel(ContainerEvent happened, string label)
    {
        int equals = label.IndexOf('=', StringComparison.Ordinal);
        string? value = AttributeOf(happened, equals < 0 ? label : label[..equals]);
        return value is not null && (equals < 0 || value == label[(equals + 1)..]);
    }

    private static string? AttributeOf(ContainerEvent happened, string name) => happened.Actor.Attributes.GetValueOrDefault(name);
}
