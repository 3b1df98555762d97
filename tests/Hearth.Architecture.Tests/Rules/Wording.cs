using System.Text.RegularExpressions;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>What no line may say.</summary>
internal static partial class Wording
{
    /// <summary>Work that was left undone is an issue, not a comment.</summary>
    public static IEnumerable<string> UnfinishedWork(IEnumerable<SourceFile> sources) => Find(sources, Unfinished());

    /// <summary>Waiting for time to pass hides what is waited for; the analyzer that bans it may not be turned off either.</summary>
    public static IEnumerable<string> Sleeping(IEnumerable<SourceFile> sources) => Find(sources, Sleep());

    /// <summary>A catch block that does nothing loses a failure.</summary>
    public static IEnumerable<string> SwallowedFailures(IEnumerable<SourceFile> sources) =>
        from file in sources
        from match in EmptyCatch().Matches(file.Text)
        select $"{file.Path}:{file.Text[..match.Index].Count(character => character == '\n') + 1}: an empty catch block; say why, or let it pass";

    private static IEnumerable<string> Find(IEnumerable<SourceFile> files, Regex pattern) =>
        from file in files
        from line in file.Lines.Index()
        where pattern.IsMatch(line.Item)
        select $"{file.Path}:{line.Index + 1}: {line.Item.Trim()}";

    [GeneratedRegex(@"\b(TO[D]O|FIX[M]E|HA[C]K|X[X]X|NotImplemented[E]xception)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bThread\.[S]leep\b|\bTask\.[D]elay\(\s*\d|disable RS0[0]30")]
    private static partial Regex Sleep();

    [GeneratedRegex(@"\bcatch\b[^\n{]*\n\s*\{\s*\}")]
    private static partial Regex EmptyCatch();
}
