using System.Text.Json;

namespace Hearth.Templates;

/// <summary>What stands outside of double braces.</summary>
internal sealed record TemplateLiteral(string Text) : TemplatePart
{
    public override string Render(JsonElement row, MissingField missing) => Text;

    public override string Heading(IReadOnlyDictionary<string, string> headings) => Text;
}
