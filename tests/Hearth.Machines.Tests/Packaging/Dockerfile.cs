using System.Text.RegularExpressions;

namespace Hearth.Machines.Tests.Packaging;

/// <summary>The instructions of a Dockerfile, as far as a look at them tells.</summary>
internal sealed partial class Dockerfile
{
    private readonly List<(string Name, string Text)> instructions = [];

    private Dockerfile()
    {
    }

    /// <summary>What is run in any stage, each instruction one line.</summary>
    internal IEnumerable<string> Runs => Of("RUN");

    /// <summary>What the last stage runs.</summary>
    internal IEnumerable<string> LastRuns => instructions
        .Skip(instructions.FindLastIndex(one => one.Name == "FROM"))
        .Where(one => one.Name == "RUN").Select(one => one.Text);

    /// <summary>What the last stage installs with apt-get.</summary>
    internal IReadOnlyList<string> LastPackages => [.. LastRuns.SelectMany(run => Packages().Matches(run))
        .SelectMany(match => match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    internal static Dockerfile Parse(string text)
    {
        Dockerfile file = new();
        string joined = text.Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (string line in joined.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            file.instructions.Add((line[..space], Spaces().Replace(line[(space + 1)..], " ").Trim()));
        }

        return file;
    }

    internal IEnumerable<string> Of(string name) => instructions.Where(one => one.Name == name).Select(one => one.Text);

    /// <summary>The default of an ARG; null where there is none of this name.</summary>
    internal string? Default(string argument) => Of("ARG")
        .Select(text => text.Split('=', 2)).Where(parts => parts[0] == argument).Select(parts => parts.ElementAtOrDefault(1)).FirstOrDefault();

    /// <summary>Files that are downloaded without a digest of theirs being checked in the same instruction.</summary>
    internal IReadOnlyList<string> UncheckedDownloads() => [.. Runs.SelectMany(run => Downloads().Matches(run)
        .Select(match => match.Groups[1].Value.Split('/')[^1])
        .Where(file => !file.EndsWith(".sha256.txt", StringComparison.Ordinal) && !IsChecked(run, file)))];

    private static bool IsChecked(string run, string file) => run.Split("&&")
        .Any(command => command.Contains("sha256sum --check", StringComparison.Ordinal) && command.Contains(file, StringComparison.Ordinal));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"apt-get install -y --no-install-recommends ([^&]+)")]
    private static partial Regex Packages();

    [GeneratedRegex("""curl [^"&]*"([^"]+)""")]
    private static partial Regex Downloads();
}
