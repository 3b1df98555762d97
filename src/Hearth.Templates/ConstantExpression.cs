using System.Text.Json;

namespace Hearth.Templates;

/// <summary>A string or number as it stands there.</summary>
internal sealed record ConstantExpression(JsonElement Value) : TemplateExpression
{
    public override string FirstField => "";

    public override JsonElement Evaluate(JsonElement row, MissingField missing) => Value;
}
