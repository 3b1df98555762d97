namespace Hearth.Worker.Docker;

/// <summary>docker's filter by labels.</summary>
internal static class Labels
{
    private const string Start = "label=";

    /// <param name="labels">Of the object.</param>
    /// <param name="wanted"><c>NAME</c>, or <c>NAME=VALUE</c>.</param>
    public static bool Match(IReadOnlyDictionary<string, string> labels, string wanted)
    {
        string[] parts = wanted.Split('=', 2);
        return labels.TryGetValue(parts[0], out string? value) && (parts.Length == 1 || value == parts[1]);
    }

    /// <summary>The labels of filters that can only be by labels.</summary>
    /// <exception cref="ApiException">There is another filter.</exception>
    public static IReadOnlyList<string> ReadAll(IReadOnlyList<string> filters) => filters.FirstOrDefault(filter => !filter.StartsWith(Start, StringComparison.Ordinal)) is { } other
        ? throw ApiException.BadRequest($"invalid filter '{other}': there is label")
        : [.. filters.Select(filter => filter[Start.Length..])];
}
