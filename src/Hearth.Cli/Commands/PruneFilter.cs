using System.Globalization;
using Hearth.CommandLine;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary>docker's <c>--filter</c> of prunes, for whatever has a time and labels: all of them must match.</summary>
internal sealed class PruneFilter
{
    private const string Until = "until";
    private const string OtherLabel = "label!";

    private readonly List<Func<DateTimeOffset, IReadOnlyDictionary<string, string>, bool>> demands = [];

    private PruneFilter()
    {
    }

    /// <summary>The time before which something must have been made; null for any.</summary>
    public DateTimeOffset? Limit { get; private set; }

    /// <summary>Whether labels decide.</summary>
    public bool ConcernsLabels { get; private set; }

    /// <summary>The same as docker's API takes it: values by names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Values { get; private init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <exception cref="UsageException">Not NAME=VALUE, or an unknown name.</exception>
    public static PruneFilter Parse(IReadOnlyList<string> texts, TimeProvider clock)
    {
        (string Name, string Value)[] pairs = [.. texts.Select(Split)];
        PruneFilter filter = new()
        {
            // A time that counts from now is a point in time: another host may read it later.
            Values = pairs.GroupBy(pair => pair.Name, pair => pair.Name == Until ? Read(pair.Value, clock).ToString("O", CultureInfo.InvariantCulture) : pair.Value)
                .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group]),
        };
        foreach ((string name, string value) in pairs)
        {
            filter.Add(name, value, clock);
        }

        return filter;
    }

    public bool Matches(DateTimeOffset created, IReadOnlyDictionary<string, string> labels) => demands.TrueForAll(demand => demand(created, labels));

    private static (string Name, string Value) Split(string text)
    {
        // "label!=a=b": the mark belongs to the name.
        string[] parts = text.Split('=', 2);
        return parts.Length == 2 && parts[0] is Until or Labels.Filter or OtherLabel
            ? (parts[0], parts[1])
            : throw new UsageException($"invalid filter '{text}': give NAME=VALUE, with one of {Labels.Filter}, {OtherLabel} and {Until}");
    }

    private static DateTimeOffset Read(string text, TimeProvider clock) => CommonFlags.Parsed(() => Moment.Parse(text, clock));

    private void Add(string name, string value, TimeProvider clock)
    {
        if (name == Until)
        {
            DateTimeOffset limit = Read(value, clock);
            Limit = Limit < limit ? Limit : limit;
            demands.Add((created, _) => created < limit);
            return;
        }

        ConcernsLabels = true;
        demands.Add((_, labels) => Labels.Match(labels, value) == (name == Labels.Filter));
    }
}
