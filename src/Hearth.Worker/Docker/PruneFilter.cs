using Hearth.CommandLine;
using Hearth.Rendering;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker;

/// <summary>docker's filters of prunes, all of which must match: <c>until</c>, <c>label</c> and <c>label!</c>.</summary>
internal sealed class PruneFilter
{
    private readonly List<Func<DateTimeOffset, IReadOnlyDictionary<string, string>, bool>> demands = [];

    /// <param name="context">The request.</param>
    /// <param name="clock">From which "ago" counts.</param>
    /// <param name="others">Names of further filters, which the caller reads.</param>
    /// <exception cref="ApiException">A filter is unknown, or has a wrong value.</exception>
    public static PruneFilter Read(HttpContext context, TimeProvider clock, params string[] others)
    {
        PruneFilter filter = new();
        foreach (string[] parts in Answers.Filters(context).Select(text => text.Split('=', 2)).Where(parts => !others.Contains(parts[0])))
        {
            string value = parts[1];
            switch (parts[0])
            {
                case "until":
                    DateTimeOffset until = ReadTime(value, clock);
                    filter.demands.Add((created, _) => created < until);
                    break;
                case "label":
                    filter.demands.Add((_, labels) => Labels.Match(labels, value));
                    break;
                case "label!":
                    filter.demands.Add((_, labels) => !Labels.Match(labels, value));
                    break;
                default:
                    throw ApiException.BadRequest($"invalid filter '{parts[0]}': there are {string.Join(", ", others.Append("until").Append("label"))} and label!");
            }
        }

        return filter;
    }

    public bool Matches(DateTimeOffset created, IReadOnlyDictionary<string, string> labels) => demands.TrueForAll(demand => demand(created, labels));

    private static DateTimeOffset ReadTime(string text, TimeProvider clock)
    {
        try
        {
            return Moment.Parse(text, clock);
        }
        catch (FormatException exception)
        {
            throw ApiException.BadRequest($"invalid filter 'until={text}': it {exception.Message}");
        }
    }
}
