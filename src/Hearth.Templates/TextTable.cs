namespace Hearth.Templates;

/// <summary>Rows in columns, as docker prints them: capital headings, three blanks between, nothing drawn around.</summary>
public static class TextTable
{
    private const string Gap = "   ";

    public static void Write(TextWriter output, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. headings.Select((heading, column) => rows.Select(row => row[column].Length).Append(heading.Length).Max())];
        WriteRow(output, headings, widths);
        foreach (IReadOnlyList<string> row in rows)
        {
            WriteRow(output, row, widths);
        }
    }

    private static void WriteRow(TextWriter output, IReadOnlyList<string> cells, int[] widths) =>
        output.WriteLine(string.Join(Gap, cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
}
