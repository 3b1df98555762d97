using System.Text.RegularExpressions;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>Files stay within 400 lines, methods within 70.</summary>
internal static partial class Sizes
{
    private const int MostLinesOfAFile = 400;
    private const int MostLinesOfAMethod = 70;
    private const int MemberIndent = 4;

    public static IEnumerable<string> LongFiles(IEnumerable<SourceFile> sources) =>
        from file in sources
        let lines = file.Lines.Length - 1
        where lines > MostLinesOfAFile
        select $"{file.Path}: {lines} lines; split it by concern";

    /// <summary>Blocks whose braces stand alone on their lines, as this code writes them, but for those that declare a type.</summary>
    public static IEnumerable<string> LongMethods(IEnumerable<SourceFile> sources) => sources.SelectMany(LongMethods);

    private static IEnumerable<string> LongMethods(SourceFile file)
    {
        string[] lines = file.Lines;
        for (int start = 0; start < lines.Length; start++)
        {
            if (lines[start].Trim() != "{")
            {
                continue;
            }

            string closing = lines[start].TrimEnd()[..^1] + "}";
            int end = Array.FindIndex(lines, start, line => line.StartsWith(closing, StringComparison.Ordinal));
            if (IsTooLong(lines, start, end))
            {
                yield return $"{file.Path}:{start}: {end - start - 1} lines in one block; split the method";
            }
        }
    }

    private static bool IsTooLong(string[] lines, int start, int end)
    {
        bool isMember = lines[start].TrimEnd().Length > MemberIndent;
        return isMember && end - start - 1 > MostLinesOfAMethod && !DeclaresType().IsMatch(DeclarationBefore(lines, start)) && !IsList(lines, start);
    }

    /// <summary>A list of entries that an initializer holds is data, not a method.</summary>
    private static bool IsList(string[] lines, int start) => lines[start - 1].TrimEnd().EndsWith(')') && lines[start - 1].Contains("new", StringComparison.Ordinal);

    /// <summary>The lines before a brace, back to the end of what came before: a declaration may take several.</summary>
    private static string DeclarationBefore(string[] lines, int brace)
    {
        int first = brace;
        while (first > 0 && lines[first - 1].Trim() is not ("" or "{" or "}") && !lines[first - 1].TrimEnd().EndsWith(';'))
        {
            first--;
        }

        return string.Join('\n', lines[first..brace].Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"^\s*((public|internal|private|protected|file|static|sealed|abstract|partial|readonly|unsafe|ref)\s+)*(class|struct|record|interface|enum)\s+", RegexOptions.Multiline)]
    private static partial Regex DeclaresType();
}
