using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>How types are declared: sealed, named after what they are, and shown to other rooms only where one uses them.</summary>
internal static partial class Declarations
{
    /// <summary>A class is sealed, static or abstract.</summary>
    public static IEnumerable<string> OpenClasses(IEnumerable<SourceFile> sources) =>
        from declaration in sources.SelectMany(Find)
        where declaration.Kind is "class" or "record" or "record class" && !declaration.Modifiers.Intersect(["sealed", "static", "abstract"]).Any()
        where !declaration.Modifiers.Contains("partial") || !declaration.IsAnotherPartClosed
        select $"{declaration.File.Path}: {declaration.Name} is neither sealed nor static nor abstract";

    /// <summary>
    /// A room's public type is named by another project, or by a public member of its own room. The public types of a
    /// package with a page of its own are its product; other packages are there for it.
    /// </summary>
    public static IEnumerable<string> NeedlesslyPublic(IEnumerable<SourceFile> sources, IEnumerable<SourceFile> projects)
    {
        HashSet<string> products = [.. projects.Where(HasPage).Select(project => project.Project)];
        SourceFile[] files = [.. sources];
        var words = files.ToDictionary(file => file, file => Word().Matches(file.Text).Select(match => match.Value).ToHashSet());
        var signatures = files.Where(file => file.IsProduct).ToDictionary(file => file, PublicWords);
        return
            from declaration in files.Where(file => file.IsProduct && !products.Contains(file.Project)).SelectMany(Find)
            where declaration.Modifiers.Contains("public") && !declaration.IsNested
            where !files.Any(file => file.Project != declaration.File.Project && file.Project != declaration.File.Project + ".Tests" && words[file].Contains(declaration.Name))
            where !signatures.Any(file => file.Key.Project == declaration.File.Project && file.Value.Contains(declaration.Name))
            select $"{declaration.File.Path}: no other room uses {declaration.Name}; make it internal";
    }

    /// <summary>No type and no folder is named for being a helper.</summary>
    public static IEnumerable<string> EmptyNames(IEnumerable<SourceFile> sources)
    {
        SourceFile[] files = [.. sources];
        IEnumerable<string> folders = files.SelectMany(file => file.Path.Split('/').SkipLast(1)).Distinct().Where(folder => EmptyName().IsMatch(folder));
        IEnumerable<string> types = files.SelectMany(Find).Select(declaration => declaration.Name).Distinct().Where(name => EmptyName().IsMatch(name));
        return folders.Concat(types).Select(name => $"{name}: a name that says nothing; name the thing for what it does");
    }

    private static bool HasPage(SourceFile project) => XDocument.Parse(project.Text).Descendants("PackageReadmeFile").Any();

    /// <summary>The words of members and record parameters that are not hidden: what stands at most one level deep.</summary>
    private static HashSet<string> PublicWords(SourceFile file) =>
    [
        .. from line in file.Lines
           where !line.StartsWith("     ", StringComparison.Ordinal) && !Hidden().IsMatch(line)
           from word in Word().Matches(TypeDeclaration().Replace(line, ""))
           select word.Value,
    ];

    private static IEnumerable<Declaration> Find(SourceFile file) =>
        from match in TypeDeclaration().Matches(file.Text)
        let modifiers = match.Groups["modifiers"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        select new Declaration(
            file, match.Groups["kind"].Value, match.Groups["name"].Value, modifiers,
            IsNested: match.Groups["indent"].Length > 0,
            IsAnotherPartClosed: file.Name.Contains('.', StringComparison.Ordinal));

    [GeneratedRegex(@"^(?<indent> *)(?<modifiers>((public|internal|private|protected|file|static|sealed|abstract|partial|readonly|unsafe|ref|new) )*)(?<kind>class|record class|record struct|record|struct|interface|enum) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^\s*(private|internal|//|using|namespace)\b?")]
    private static partial Regex Hidden();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"(Helpers?|Utils?|Utilities|Managers?|Misc)$|^Common$")]
    private static partial Regex EmptyName();

    private sealed record Declaration(SourceFile File, string Kind, string Name, string[] Modifiers, bool IsNested, bool IsAnotherPartClosed);
}
