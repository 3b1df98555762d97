using System.Text.Json;

namespace Hearth.Templates;

/// <summary>
/// Docker's <c>--format</c>: the part of Go's templates (https://pkg.go.dev/text/template) that people type most. Fields
/// (<c>{{.ID}}</c>, <c>{{.State.Status}}</c>), the functions of <see cref="TemplateFunctions"/>, pipes between them, and
/// <c>table</c> before the template for columns with headings. What else Go knows is refused by name.
/// </summary>
public sealed class TemplateFormat
{
    private const string TableWord = "table";
    private const string JsonWord = "json";
    private const string JsonTemplate = "{{json .}}";

    private readonly IReadOnlyList<TemplatePart> parts;
    private readonly MissingField missing;

    private TemplateFormat(IReadOnlyList<TemplatePart> parts, bool isTable, MissingField missing)
    {
        this.parts = parts;
        this.missing = missing;
        IsTable = isTable;
    }

    /// <summary>True where "table" stood before the template; its columns are parted by tabs.</summary>
    public bool IsTable { get; }

    /// <param name="text">As given to <c>--format</c>; "json" alone means all of it as JSON; <c>\t</c> and <c>\n</c> mean what they say.</param>
    /// <param name="missing">What becomes of fields that are not there.</param>
    /// <exception cref="FormatException">The message says what is wrong or not supported.</exception>
    public static TemplateFormat Parse(string text, MissingField missing = MissingField.Fails)
    {
        bool isTable = text == TableWord || text.StartsWith(TableWord + ' ', StringComparison.Ordinal) || text.StartsWith(TableWord + "\\t", StringComparison.Ordinal);
        string template = isTable ? text[TableWord.Length..].TrimStart() : text == JsonWord ? JsonTemplate : text;
        return new TemplateFormat(TemplateParser.Parse(template), isTable, missing);
    }

    /// <summary>What the template makes of one thing.</summary>
    /// <exception cref="FormatException">A field is not there, or a function cannot take its value.</exception>
    public string Render(JsonElement row) => string.Concat(parts.Select(part => part.Render(row, missing)));

    /// <summary>A line for each row, or a table.</summary>
    /// <param name="output">Takes them.</param>
    /// <param name="rows">In order.</param>
    /// <param name="headings">A field's heading by its name, <c>ID</c> or <c>State.Status</c>; others get their own name in capitals.</param>
    /// <exception cref="FormatException">A field is not there, or a function cannot take its value.</exception>
    public void WriteAll(TextWriter output, IEnumerable<JsonElement> rows, IReadOnlyDictionary<string, string> headings)
    {
        if (!IsTable)
        {
            foreach (JsonElement row in rows)
            {
                output.WriteLine(Render(row));
            }

            return;
        }

        string[] heading = string.Concat(parts.Select(part => part.Heading(headings))).Split('\t');
        TextTable.Write(output, heading, [.. rows.Select(row => Columns(Render(row), heading.Length))]);
    }

    /// <summary>A tab within a value must not make a column of its own.</summary>
    private static string[] Columns(string line, int count)
    {
        string[] cells = line.Split('\t', count);
        cells[^1] = cells[^1].Replace('\t', ' ');
        return cells;
    }
}
