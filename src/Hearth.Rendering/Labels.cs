namespace Hearth.Rendering;

/// <summary>docker's filter by labels, all of which must match.</summary>
public static class Labels
{
    public const string Filter = "label";

    /// <param name="labels">Of the object.</param>
    /// <param name="wanted"><c>NAME</c>, or <c>NAME=VALUE</c>.</param>
    public static bool Match(IReadOnlyDictionary<string, string> labels, string wanted)
    {
        string[] parts = wanted.Split('=', 2);
        return labels.TryGetValue(parts[0], out string? value) && (parts.Length == 1 || value == parts[1]);
    }
}
