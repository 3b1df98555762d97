using System.Text.RegularExpressions;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>Files stay within 400 lines, methods within 60, rooms within 9,000; half of all members within 10, and nine tenths within 22.</summary>
internal static partial class Sizes
{
    private const int MostLinesOfAFile = 400;
    private const int MostLinesOfAMethod = 60;
    private const int MostLinesOfARoom = 9000;
    private const int MostLinesOfTheMedian = 10;
    private const int MostLinesOfNineTenths = 22;
    private const int Indent = 4;

    public static IEnumerable<string> LongFiles(IEnumerable<SourceFile> sources) =>
        from file in sources
        let lines = LinesOf(file)
        where lines > MostLinesOfAFile
        select $"{file.Path}: {lines} lines; split it by concern";

    public static IEnumerable<string> LargeRooms(IEnumerable<SourceFile> sources) =>
        from room in sources.Where(file => file.IsProduct).GroupBy(file => file.Project)
        let lines = room.Sum(LinesOf)
        where lines > MostLinesOfARoom
        select $"{room.Key}: {lines} lines; split it by purpose";

    /// <summary>Blocks whose braces stand alone on their lines, as this code writes them, but for those that declare a type.</summary>
    public static IEnumerable<string> LongMethods(IEnumerable<SourceFile> sources) =>
        from file in sources
        from block in Blocks(file.Lines)
        where block.Lines > MostLinesOfAMethod && block.Indent > 0 && !block.DeclaresType && !IsList(file.Lines, block.Start)
        select $"{file.Path}:{block.Start}: {block.Lines} lines in one block; split the method";

    /// <summary>The members of all product code taken together.</summary>
    public static IEnumerable<string> LongOnTheWhole(IEnumerable<SourceFile> sources)
    {
        int[] sizes = [.. sources.Where(file => file.IsProduct).SelectMany(file => MemberSizes(file.Lines)).Order()];
        int median = sizes[sizes.Length / 2];
        int nineTenths = sizes[sizes.Length * 9 / 10];
        if (median > MostLinesOfTheMedian)
        {
            yield return $"half of {sizes.Length} members have at least {median} lines";
        }

        if (nineTenths > MostLinesOfNineTenths)
        {
            yield return $"a tenth of {sizes.Length} members have at least {nineTenths} lines";
        }
    }

    /// <summary>The lines of each member's body: between the braces of a block, or of an expression from its first line on.</summary>
    internal static IEnumerable<int> MemberSizes(string[] lines)
    {
        Block[] blocks = [.. Blocks(lines)];
        return
            from type in blocks
            where type.DeclaresType
            from size in blocks.Where(block => type.Contains(block) && block.Indent == type.Indent + Indent && !block.DeclaresType).Select(block => block.Lines)
                .Concat(ExpressionSizes(lines, type))
            select size;
    }

    private static IEnumerable<int> ExpressionSizes(string[] lines, Block type)
    {
        for (int line = type.Start + 1; line < type.End; line++)
        {
            if (IndentOf(lines[line]) == type.Indent + Indent && ArrowFrom(lines, line) is { } arrow)
            {
                line = Array.FindIndex(lines, arrow, text => text.TrimEnd().EndsWith(';'));
                yield return lines[arrow].TrimEnd().EndsWith("=>", StringComparison.Ordinal) ? line - arrow : line - arrow + 1;
            }
        }
    }

    /// <returns>The line with the arrow of a member that begins at a line; null where it has none.</returns>
    private static int? ArrowFrom(string[] lines, int start)
    {
        for (int line = start; line < lines.Length && lines[line].Trim() is not ("" or "{" or "}"); line++)
        {
            if (lines[line].TrimStart()[0] is '/' or '[')
            {
                return null;
            }

            if (Arrow().IsMatch(lines[line]))
            {
                return line;
            }

            if (lines[line].TrimEnd().EndsWith(';'))
            {
                return null;
            }
        }

        return null;
    }

    private static IEnumerable<Block> Blocks(string[] lines)
    {
        for (int start = 0; start < lines.Length; start++)
        {
            if (lines[start].Trim() == "{")
            {
                string closing = lines[start].TrimEnd()[..^1] + "}";
                int end = Array.FindIndex(lines, start, line => line.StartsWith(closing, StringComparison.Ordinal));
                yield return new Block(start, end, IndentOf(lines[start]), DeclaresType().IsMatch(DeclarationBefore(lines, start)));
            }
        }
    }

    private static int LinesOf(SourceFile file) => file.Lines.Length - 1;

    private static int IndentOf(string line) => line.Length - line.TrimStart().Length;

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

    [GeneratedRegex(@" =>( |$)")]
    private static partial Regex Arrow();

    /// <summary>Lines from one brace to the other.</summary>
    private readonly record struct Block(int Start, int End, int Indent, bool DeclaresType)
    {
        internal int Lines => End - Start - 1;

        internal bool Contains(Block other) => other.Start > Start && other.End < End;
    }
}
