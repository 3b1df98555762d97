using Hearth.CommandLine;
using Hearth.Records.Volumes;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary>docker's <c>--filter</c> for volumes: values of one name are alternatives, but a volume must have all labels; different names must all match.</summary>
internal sealed class VolumeFilter
{
    private const string Label = "label";
    private const string OtherLabel = "label!";
    private const string All = "all";
    private const string Dangling = "dangling";

    private static readonly Dictionary<string, Func<VolumeEntry, string, bool>> tests = new(StringComparer.Ordinal)
    {
        ["name"] = (entry, value) => entry.Name.Contains(value, StringComparison.Ordinal),
        ["driver"] = (_, value) => value == VolumeView.OnlyDriver,
        [Dangling] = (entry, value) => entry.InUse != FilterValue.ReadTruth(Dangling, value),
        [Label] = (entry, value) => Labels.Match(entry.Labels, value),
        [OtherLabel] = (entry, value) => !tests![Label](entry, value),
    };

    private readonly ILookup<string, string> wanted;

    private VolumeFilter(ILookup<string, string> wanted) => this.wanted = wanted;

    /// <exception cref="UsageException">Not NAME=VALUE, or an unknown name.</exception>
    public static VolumeFilter Parse(IEnumerable<string> texts) => Parse(texts, ["name", "driver", Dangling, Label]);

    /// <summary>Reads those of a prune, one of which says that volumes with given names are removed too.</summary>
    /// <exception cref="UsageException">Not NAME=VALUE, or an unknown name.</exception>
    public static (VolumeFilter Filter, bool IncludesNamed) ParseOfPrune(IReadOnlyList<string> texts)
    {
        string[] all = [.. texts.Where(text => text.StartsWith($"{All}=", StringComparison.Ordinal))];
        return (Parse(texts.Except(all), [Label, OtherLabel]), all.Any(text => CommonFlags.Parsed(() => FilterValue.ReadTruth(All, text[(All.Length + 1)..]))));
    }

    public bool Matches(VolumeEntry entry) => wanted.All(group => group.Key is Label or OtherLabel ? group.All(value => tests[group.Key](entry, value)) : group.Any(value => tests[group.Key](entry, value)));

    private static VolumeFilter Parse(IEnumerable<string> texts, string[] names) => new(texts.Select(text => Split(text, names)).ToLookup(pair => pair.Name, pair => pair.Value));

    private static (string Name, string Value) Split(string text, string[] names)
    {
        // "label!=a=b": the mark belongs to the name.
        string[] parts = text.Split('=', 2);
        if (parts.Length < 2 || !names.Contains(parts[0]))
        {
            throw new UsageException($"invalid filter '{text}': give NAME=VALUE, with one of {string.Join(", ", names)}");
        }

        _ = parts[0] != Dangling || CommonFlags.Parsed(() => FilterValue.ReadTruth(Dangling, parts[1]));
        return (parts[0], parts[1]);
    }
}
