using System.Text;

namespace Hearth.Cli.Values;

/// <summary>A file of <c>--env-file</c> or <c>--label-file</c>, by docker's rules: one NAME[=VALUE] a line.</summary>
internal static class LineFile
{
    /// <summary>Comments and empty lines are ignored; a value is everything after the first '=', quotes and blanks too.</summary>
    /// <param name="path">As given.</param>
    /// <param name="kind">What the file is, for messages: "environment".</param>
    /// <param name="what">What a line names, for messages: "variable".</param>
    /// <exception cref="FormatException">The file cannot be read, or a line has no name.</exception>
    public static List<string> Read(string path, string kind, string what)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new FormatException($"cannot read the {kind} file '{path}': {exception.Message}", exception);
        }

        List<string> lines = [];
        int number = 0;
        foreach (string raw in text.TrimStart('\uFEFF').Split('\n'))
        {
            number++;
            string line = raw.TrimEnd('\r').TrimStart();
            if (line.Length > 0 && line[0] != '#')
            {
                lines.Add(Checked(line, $"line {number} of the {kind} file '{path}'", what));
            }
        }

        return lines;
    }

    private static string Checked(string line, string place, string what)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? line : line[..equals];
        if (name.Length == 0)
        {
            throw new FormatException($"no {what} name on {place}");
        }

        return name.AsSpan().ContainsAny(' ', '\t')
            ? throw new FormatException($"{what} '{name}' contains whitespaces on {place}")
            : line;
    }
}
