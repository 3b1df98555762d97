using System.Text.RegularExpressions;

namespace Hearth.Firecracker.Tests.Api;

/// <summary>
/// Takes the facts out of Firecracker's OpenAPI description, line by line: what may be asked, with which body and answer,
/// and the members of each type. It knows that one file's layout and no more of YAML.
/// </summary>
internal static partial class YamlDigest
{
    /// <returns>The lines of <see cref="ApiDescription"/>.</returns>
    internal static IReadOnlyList<string> Make(string yaml)
    {
        string[] lines = [.. yaml.Split('\n').Where(line => line.Trim().Length > 0 && !line.TrimStart().StartsWith('#'))];
        int paths = Array.IndexOf(lines, "paths:");
        int definitions = Array.IndexOf(lines, "definitions:");
        return [.. Paths(lines[(paths + 1)..definitions]), .. Definitions(lines[(definitions + 1)..])];
    }

    private static IEnumerable<string> Paths(string[] lines)
    {
        string path = "";
        foreach (IReadOnlyList<string> block in Blocks(lines, indent: 2))
        {
            path = block[0].Trim().TrimEnd(':');
            foreach (IReadOnlyList<string> method in Blocks([.. block.Skip(1)], indent: 4))
            {
                string[] parts = [.. method];
                int responses = Array.FindIndex(parts, line => line.Trim() == "responses:");
                IReadOnlyList<string> answer = Blocks(parts[(responses + 1)..], indent: 8).First();
                string body = parts[..responses].Select(Reference).FirstOrDefault(name => name is not null) ?? "-";
                string reply = answer.Select(Reference).FirstOrDefault(name => name is not null) ?? (answer.Any(line => line.Trim() == "type: object") ? "object" : "-");
                yield return $"{method[0].Trim().TrimEnd(':').ToUpperInvariant()} {path} {body} {answer[0].Trim().TrimEnd(':')} {reply}";
            }
        }
    }

    private static IEnumerable<string> Definitions(string[] lines)
    {
        foreach (IReadOnlyList<string> block in Blocks(lines, indent: 2))
        {
            yield return $"type {block[0].Trim().TrimEnd(':')}{Values([.. block.Where(line => IndentOf(line) is 4 or 6)])}";
            IReadOnlyList<string>[] sections = [.. Blocks([.. block.Skip(1)], indent: 4)];
            string[] required = [.. Section(sections, "required:").Select(line => line.Trim()[2..])];
            foreach (IReadOnlyList<string> member in Blocks([.. Section(sections, "properties:")], indent: 6))
            {
                string name = member[0].Trim().TrimEnd(':');
                yield return $"  {name} {TypeOf(member)}{(required.Contains(name) ? " required" : "")}";
            }
        }
    }

    private static IEnumerable<string> Section(IEnumerable<IReadOnlyList<string>> sections, string name) =>
        sections.FirstOrDefault(section => section[0].Trim() == name)?.Skip(1) ?? [];

    private static string TypeOf(IReadOnlyList<string> member)
    {
        if (member.Select(Reference).FirstOrDefault(name => name is not null) is string reference)
        {
            return member.Any(line => line.Trim() == "type: array") ? $"{reference}[]" : reference;
        }

        string[] types = [.. member.Select(line => Simple().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        string type = types is ["array", string item] ? $"{item}[]" : types.Single();
        return type + Bound(member, "minimum") + Bound(member, "maximum") + Values(member);
    }

    private static string Bound(IReadOnlyList<string> member, string name) =>
        member.FirstOrDefault(line => line.Trim().StartsWith(name + ":", StringComparison.Ordinal)) is string line ? $",{name}={line.Split(':')[1].Trim()}" : "";

    /// <summary>An enumeration's values, in either of YAML's two notations, with commas between them and no spaces in them.</summary>
    private static string Values(IReadOnlyList<string> lines)
    {
        int start = lines.ToList().FindIndex(line => line.Trim().StartsWith("enum:", StringComparison.Ordinal));
        if (start < 0)
        {
            return "";
        }

        string inline = lines[start].Trim()["enum:".Length..].Trim();
        IEnumerable<string> values = inline.Length > 0
            ? inline.Trim('[', ']').Split(',')
            : lines.Skip(start + 1).TakeWhile(line => line.Trim().StartsWith("- ", StringComparison.Ordinal)).Select(line => line.Trim()[2..]);
        return ",enum=" + string.Join('|', values.Select(value => value.Trim().Trim('"').Replace(' ', '_')));
    }

    private static string? Reference(string line) => Referenced().Match(line) is { Success: true } match ? match.Groups[1].Value : null;

    private static IEnumerable<IReadOnlyList<string>> Blocks(string[] lines, int indent)
    {
        List<string> block = [];
        foreach (string line in lines)
        {
            bool starts = IndentOf(line) == indent && Key().IsMatch(line);
            if (starts && block.Count > 0)
            {
                yield return block;
                block = [];
            }

            if (starts || block.Count > 0)
            {
                block.Add(line);
            }
        }

        if (block.Count > 0)
        {
            yield return block;
        }
    }

    private static int IndentOf(string line) => line.Length - line.TrimStart().Length;

    [GeneratedRegex(@"^\s*[\w/{}\-]+:")]
    private static partial Regex Key();

    [GeneratedRegex(@"^\s*type: (\w+)$")]
    private static partial Regex Simple();

    [GeneratedRegex("\\$ref: \"#/definitions/(\\w+)\"")]
    private static partial Regex Referenced();
}
