using Hearth.CommandLine;
using Hearth.Records.Networks;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary>docker's <c>--filter</c> for networks: values of one name are alternatives, but a network must have all labels; different names must all match.</summary>
internal sealed class NetworkFilter
{
    private const string BuiltIn = "builtin";

    private static readonly Dictionary<string, Func<NetworkEntry, string, bool>> tests = new(StringComparer.Ordinal)
    {
        ["id"] = (entry, value) => entry.Id.StartsWith(value, StringComparison.Ordinal),
        ["name"] = (entry, value) => entry.Name.Contains(value, StringComparison.Ordinal),
        ["driver"] = (_, value) => value == NetworkStore.Driver,
        ["label"] = (entry, value) => value.Split('=', 2) is var parts
            && entry.Labels.TryGetValue(parts[0], out string? label) && (parts.Length < 2 || label == parts[1]),
        ["type"] = (entry, value) => entry.IsBuiltIn == (value == BuiltIn),
        ["scope"] = (_, value) => value == NetworkDetails.HostScope,
        [Dangling] = (_, _) => true,
    };

    private const string Dangling = "dangling";

    private readonly ILookup<string, string> wanted;

    /// <summary>For prunes: when a network must have been created.</summary>
    private Func<NetworkEntry, bool> isSelected = _ => true;

    private NetworkFilter(ILookup<string, string> wanted) => this.wanted = wanted;

    /// <exception cref="UsageException">Not NAME=VALUE, or an unknown name.</exception>
    public static NetworkFilter Parse(IEnumerable<string> texts) => new(texts.Select(Split).ToLookup(pair => pair.Name, pair => pair.Value));

    /// <summary>Reads those of a prune.</summary>
    /// <exception cref="UsageException">Not NAME=VALUE, or an unknown name.</exception>
    public static NetworkFilter ParseOfPrune(IEnumerable<string> texts, TimeProvider clock)
    {
        const string Until = "until=";
        const string Other = "label!=";
        string[] all = [.. texts], moments = [.. all.Where(text => text.StartsWith(Until, StringComparison.Ordinal))], others = [.. all.Where(text => text.StartsWith(Other, StringComparison.Ordinal))];
        DateTimeOffset[] limits = [.. moments.Select(text => CommonFlags.Parsed(() => Moment.Parse(text[Until.Length..], clock)))];
        NetworkFilter excluded = Parse(others.Select(text => $"label={text[Other.Length..]}"));
        if (all.Except(moments).Except(others).FirstOrDefault(text => !text.StartsWith("label=", StringComparison.Ordinal)) is { } unknown)
        {
            throw new UsageException($"invalid filter '{unknown}': give NAME=VALUE, with one of label, label! and until");
        }

        NetworkFilter filter = Parse(all.Except(moments).Except(others));
        filter.isSelected = entry => limits.All(limit => entry.Created < limit) && (others.Length == 0 || !excluded.MatchesAnyLabel(entry));
        return filter;
    }

    /// <summary>Whether it asks which networks containers have.</summary>
    public bool ConcernsUse => wanted.Contains(Dangling);

    public bool MatchesUse(bool isUsed) => !ConcernsUse || wanted[Dangling].Any(value => isUsed == value is "false" or "0");

    private bool MatchesAnyLabel(NetworkEntry entry) => wanted["label"].Any(value => tests["label"](entry, value));

    public bool Matches(NetworkEntry entry) => isSelected(entry) && wanted.All(group => group.Key == "label" ? group.All(value => tests[group.Key](entry, value)) : group.Any(value => tests[group.Key](entry, value)));

    private static (string Name, string Value) Split(string text)
    {
        string[] parts = text.Split('=', 2);
        return parts.Length == 2 && tests.ContainsKey(parts[0])
            ? (parts[0], parts[1])
            : throw new UsageException($"invalid filter '{text}': give NAME=VALUE, with one of {string.Join(", ", tests.Keys)}");
    }
}
