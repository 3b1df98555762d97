using System.Text.Json;

namespace Hearth.Templates;

/// <summary>A function and what it is given; from a pipe comes the last argument.</summary>
internal sealed record CallExpression(TemplateFunction Function, IReadOnlyList<TemplateExpression> Arguments) : TemplateExpression
{
    public override string FirstField => Arguments.Select(argument => argument.FirstField).FirstOrDefault(name => name.Length > 0, "");

    public override JsonElement Evaluate(JsonElement row, MissingField missing) =>
        Function.Apply([.. Arguments.Select(argument => argument.Evaluate(row, missing))]);
}
