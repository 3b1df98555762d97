using System.Text.Json;

namespace Hearth.Templates;

/// <summary>What stands within double braces.</summary>
internal sealed record TemplateAction(TemplateExpression Expression) : TemplatePart
{
    public override string Render(JsonElement row, MissingField missing) => TemplateText.Of(Expression.Evaluate(row, missing));

    public override string Heading(IReadOnlyDictionary<string, string> headings)
    {
        string field = Expression.FirstField;
        return headings.GetValueOrDefault(field) ?? headings.GetValueOrDefault(LastName(field)) ?? Capitals(LastName(field));
    }

    private static string LastName(string field) => field[(field.LastIndexOf('.') + 1)..];

    /// <summary><c>CREATED AT</c> for <c>CreatedAt</c>.</summary>
    private static string Capitals(string name) => string.Concat(
        name.Select((letter, index) => index > 0 && char.IsAsciiLetterUpper(letter) && char.IsAsciiLetterLower(name[index - 1]) ? $" {letter}" : $"{letter}")).ToUpperInvariant();
}
