namespace Hearth.Architecture.Tests;

/// <summary>The checkout that the test program was built from.</summary>
internal static class Repository
{
    private static readonly string[] places = ["src", "tests", "bench"];

    private static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Sources { get; } = [.. Read("*.cs")];

    public static IReadOnlyList<SourceFile> Projects { get; } = [.. Read("*.csproj")];

    private static IEnumerable<SourceFile> Read(string pattern) =>
        from place in places
        from path in Directory.EnumerateFiles(Path.Combine(Root, place), pattern, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, path)
        where !relative.Split('/').Any(part => part is "bin" or "obj")
        orderby relative
        select new SourceFile(relative, File.ReadAllText(path));

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
