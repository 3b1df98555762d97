using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Templates;

namespace Hearth.Rendering;

/// <summary>Rows by docker's <c>--format</c>: a table, a JSON object a line, or a template a line.</summary>
public static class RowOutput
{
    /// <exception cref="OutputFormatException">The format cannot be read.</exception>
    public static void Write<T>(
        TextWriter output, string? format, IReadOnlyList<string> headings, IReadOnlyList<T> rows, Func<T, IReadOnlyList<string>> cells, JsonTypeInfo<T> type)
    {
        if (format is null or "table")
        {
            TextTable.Write(output, headings, [.. rows.Select(cells)]);
        }
        else if (format == "json")
        {
            foreach (T row in rows)
            {
                output.WriteLine(JsonSerializer.Serialize(row, type));
            }
        }
        else
        {
            WriteTemplate(output, format, type.Properties.ToDictionary(property => property.Name, property => HeadingOf(property.Name, headings)), rows, type);
        }
    }

    /// <summary>Renders each row by a template.</summary>
    /// <exception cref="OutputFormatException">The template cannot be read, or names a field that rows do not have.</exception>
    public static void WriteTemplate<T>(
        TextWriter output, string template, IReadOnlyDictionary<string, string> headings, IReadOnlyList<T> rows, JsonTypeInfo<T> type)
    {
        try
        {
            TemplateFormat.Parse(template).WriteAll(output, rows.Select(row => JsonSerializer.SerializeToElement(row, type)), headings);
        }
        catch (FormatException exception)
        {
            throw new OutputFormatException(exception.Message);
        }
    }

    /// <summary>docker's: the words of a member's name in capitals, with exceptions.</summary>
    private static string HeadingOf(string member, IReadOnlyList<string> headings) => member switch
    {
        "ID" => headings.FirstOrDefault(heading => heading.EndsWith(" ID", StringComparison.Ordinal)) ?? headings[0],
        "RunningFor" or "CreatedSince" => "CREATED",
        "TotalCount" => "TOTAL",
        "CPUPerc" => "CPU %",
        "MemPerc" => "MEM %",
        "MemUsage" => "MEM USAGE / LIMIT",
        "NetIO" => "NET I/O",
        "BlockIO" => "BLOCK I/O",
        "PIDs" or "IPv4" or "IPv6" => member.ToUpperInvariant(),
        _ => string.Concat(member.Select((letter, index) => index > 0 && char.IsUpper(letter) ? $" {letter}" : $"{char.ToUpperInvariant(letter)}")).ToUpperInvariant(),
    };
}
