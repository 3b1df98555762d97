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
        [Labels.Filter] = (entry, value) => Labels.Match(entry.Labels, value),
        ["type"] = (entry, value) => entry.IsBuiltIn == (value == BuiltIn),
        ["scope"] = (_, value) => value == NetworkDetails.HostScope,
        [Dangling] = (_, _) => true,
    };

    private const string Dangling = "dangling";

    private readonly ILookup<string, string> wanted;

    private NetworkFilter(ILookup<string, string> wanted) => this.wanted = wanted;

    /// <exception cref="UsageException">Not NAME=VALUE, or an unknown name.</exception>
    public static NetworkFilter Parse(IEnumerable<string> texts) => new(texts.Select(Split).ToLookup(pair => pair.Name, pair => pair.Value));

    /// <summary>Whether it asks which networks containers have.</summary>
    public bool ConcernsUse => wanted.Contains(Dangling);

    public bool MatchesUse(bool isUsed) => !ConcernsUse || wanted[Dangling].Any(value => isUsed == value is "false" or "0");

    public bool Matches(NetworkEntry entry) => wanted.All(group => group.Key == Labels.Filter ? group.All(value => tests[group.Key](entry, value)) : group.Any(value => tests[group.Key](entry, value)));

    private static (string Name, string Value) Split(string text)
    {
        string[] parts = text.Split('=', 2);
        return parts.Length == 2 && tests.ContainsKey(parts[0])
            ? (parts[0], parts[1])
            : throw new UsageException($"invalid filter '{text}': give NAME=VALUE, with one of {string.Join(", ", tests.Keys)}");
    }
}
