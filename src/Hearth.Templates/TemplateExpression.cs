using System.Text.Json;

namespace Hearth.Templates;

/// <summary>Something in a template that has a value.</summary>
internal abstract record TemplateExpression
{
    /// <summary>The first field that it names, <c>State.Status</c>; empty where it names none.</summary>
    public abstract string FirstField { get; }

    /// <exception cref="FormatException">A field is not there, or a function cannot take its value.</exception>
    public abstract JsonElement Evaluate(JsonElement row, MissingField missing);
}
