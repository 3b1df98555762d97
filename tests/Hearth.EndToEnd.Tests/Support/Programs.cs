namespace Hearth.EndToEnd.Tests.Support;

/// <summary>Where this checkout's built programs and test trees are.</summary>
internal static class Programs
{
    /// <summary>The checkout: the nearest folder above the test program that holds the solution.</summary>
    public static string Repository { get; } = FindRepository();

    public static string Artifacts { get; } = Path.Combine(Repository, "artifacts");

    public static string Hearth { get; } = Path.Combine(Artifacts, "bin", "hearth");

    /// <summary>The same program as an OCI runtime.</summary>
    public static string HearthOci { get; } = Path.Combine(Artifacts, "bin", "hearth-oci");

    public static string Daemon { get; } = Path.Combine(Artifacts, "bin", "hearthd");

    private static string FindRepository()
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
