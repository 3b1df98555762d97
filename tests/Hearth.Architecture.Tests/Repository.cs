using System.Xml.Linq;
using Hearth.Architecture.Tests.Compiled;

namespace Hearth.Architecture.Tests;

/// <summary>The checkout that the test program was built from.</summary>
internal static class Repository
{
    private static readonly string[] places = ["src", "tests", "bench"];

    private static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Sources { get; } = [.. Read("*.cs")];

    public static IReadOnlyList<SourceFile> Projects { get; } = [.. Read("*.csproj")];

    /// <summary>The rooms as this build compiled them.</summary>
    public static IReadOnlyList<CompiledRoom> Rooms { get; } =
        [.. Projects.Where(project => project.IsProduct).Select(project => AssemblyReading.Read(project.Name, Path.Combine(AppContext.BaseDirectory, AssemblyOf(project) + ".dll")))];

    private static IEnumerable<SourceFile> Read(string pattern) =>
        from place in places
        from path in Directory.EnumerateFiles(Path.Combine(Root, place), pattern, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, path)
        where !relative.Split('/').Any(part => part is "bin" or "obj")
        orderby relative
        select new SourceFile(relative, File.ReadAllText(path));

    private static string AssemblyOf(SourceFile project) =>
        XDocument.Parse(project.Text).Descendants("AssemblyName").FirstOrDefault()?.Value ?? project.Name;

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Hearth.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no Hearth.slnx above {AppContext.BaseDirectory}");
    }
}
