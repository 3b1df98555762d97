namespace Hearth.Firecracker.Tests.Support;

/// <summary>The checkout that the test program was built from.</summary>
internal static class Checkout
{
    internal static string Root { get; } = FindRoot();

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Requires that a page shows, as a block of C#, what stands between the marks of an example in a source.</summary>
    internal static void RequireExample(string page, string source)
    {
        string example = Assert.Single(Read(source).Split("        // <" + "example>\n").Skip(1)).Split("        // </" + "example>")[0];

        Assert.Contains($"```csharp\n{example.Replace("\n        ", "\n", StringComparison.Ordinal)[8..]}```", Read(page), StringComparison.Ordinal);
    }

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
