using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Cli.CommandLine;

namespace Hearth.Cli.Rendering;

/// <summary>Rows by docker's <c>--format</c>: a table, a JSON object a line, or a template a line.</summary>
internal static class RowOutput
{
    /// <exception cref="UsageException">The format is none.</exception>
    public static void Write<T>(
        TextWriter output, string? format, IReadOnlyList<string> headings, IReadOnlyList<T> rows, Func<T, IReadOnlyList<string>> cells, JsonTypeInfo<T> type, string command)
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
            throw new UsageException(command, $"'{format}' is no format: give table or json");
        }
    }
}
