using Hearth.CommandLine;
using Hearth.Records.Networks;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary>docker's <c>--filter</c> for networks: values of one name are alternatives, but a network must have all labels; different names must all match.</summary>
internal sealed class NetworkFilter
{
    private static readonly Dictionary<string, Func<NetworkEntry, string, bool>> tests = new(StringComparer.Ordinal)
    {
        ["id"] = (entry, value) => entry.Id.StartsWith(value, StringComparison.Ordinal),
        ["name"] = (entry, value) => entry.Name.Contains(value, StringComparison.Ordinal),
        ["driver"] = (_, value) => value == NetworkStore.Driver,
        [Labels.Filter] = (entry, value) => Labels.Match(entry.Labels, value),
        ["type"] = (entry, value) => entry.IsBuiltIn == FilterValue.ReadNetworkType(value),
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

    public bool MatchesUse(bool isUsed) => !ConcernsUse || wanted[Dangling].Any(value => isUsed != FilterValue.ReadTruth(Dangling, value));

    public bool Matches(NetworkEntry entry) => wanted.All(group => group.Key == Labels.Filter ? group.All(value => tests[group.Key](entry, value)) : group.Any(value => tests[group.Key](entry, value)));

    private static (string Name, string Value) Split(string text)
    {
        string[] parts = text.Split('=', 2);
        if (parts.Length < 2 || !tests.ContainsKey(parts[0]))
        {
            throw new UsageException($"invalid filter '{text}': give NAME=VALUE, with one of {string.Join(", ", tests.Keys)}");
        }

        // What is no value is refused also where there is no network to compare.
        CommonFlags.Parsed(() => parts[0] switch
        {
            Dangling => FilterValue.ReadTruth(parts[0], parts[1]),
            "type" => FilterValue.ReadNetworkType(parts[1]),
            _ => true,
        });
        return (parts[0], parts[1]);
    }
}
