using System.Text.Json;

namespace Hearth.Templates;

/// <summary>A piece of a template.</summary>
internal abstract record TemplatePart
{
    public abstract string Render(JsonElement row, MissingField missing);

    /// <summary>What stands in its place in a table's first line.</summary>
    public abstract string Heading(IReadOnlyDictionary<string, string> headings);
}
