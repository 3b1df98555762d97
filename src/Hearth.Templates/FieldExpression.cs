using System.Text.Json;

namespace Hearth.Templates;

/// <summary><c>.State.Status</c>; without names, all there is.</summary>
internal sealed record FieldExpression(IReadOnlyList<string> Names) : TemplateExpression
{
    public override string FirstField => string.Join('.', Names);

    public override JsonElement Evaluate(JsonElement row, MissingField missing)
    {
        JsonElement value = row;
        for (int depth = 0; depth < Names.Count; depth++)
        {
            if (Find(value, Names[depth]) is { } found)
            {
                value = found;
                continue;
            }

            if (depth > 0 && missing == MissingField.HasNoValue)
            {
                return default;
            }

            string parent = depth == 0 ? "." : "." + string.Join('.', Names.Take(depth));
            string suggestion = value.ValueKind == JsonValueKind.Object ? Suggestion.For(Names[depth], value.EnumerateObject().Select(field => field.Name)) : "";
            throw new FormatException($"template: '{parent}' has no field '{Names[depth]}'{suggestion}");
        }

        return value;
    }

    /// <summary>Go's fields begin with a capital, and some of docker's have another name in JSON: <c>.TimeNano</c> is <c>timeNano</c>.</summary>
    private static JsonElement? Find(JsonElement parent, string name)
    {
        if (parent.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return parent.TryGetProperty(name, out JsonElement value) || parent.TryGetProperty(char.ToLowerInvariant(name[0]) + name[1..], out value) ? value : null;
    }
}
