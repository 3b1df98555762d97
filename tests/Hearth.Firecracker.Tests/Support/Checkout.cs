namespace Hearth.Firecracker.Tests.Support;

/// <summary>The checkout that the test program was built from.</summary>
internal static class Checkout
{
    internal static string Root { get; } = FindRoot();

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

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
