using Hearth.Fuse.Tests.Support;

namespace Hearth.Shares.Tests.Support;

/// <summary>A directory to share, with links that lead out of it, and what they lead to: that has to be as it was at the end.</summary>
internal sealed class SharedTree : IDisposable
{
    private const string Secret = "not for any guest";

    private readonly TemporaryDirectory directory = new();

    public SharedTree()
    {
        Source = directory.MakeDirectory("source");
        Outside = directory.MakeDirectory("outside");
        File.WriteAllText(SecretFile, Secret);
        File.WriteAllText(Path.Combine(Source, "file"), "for guests");
        Directory.CreateDirectory(Path.Combine(Source, "d"));
        File.CreateSymbolicLink(Path.Combine(Source, "link"), "../outside");
        File.CreateSymbolicLink(Path.Combine(Source, "filelink"), SecretFile);
    }

    public string Source { get; }

    public string SecretFile => Path.Combine(Outside, "secret");

    private string Outside { get; }

    public void Dispose()
    {
        Assert.Equal(["secret"], Directory.GetFileSystemEntries(Outside).Select(Path.GetFileName));
        Assert.Equal(Secret, File.ReadAllText(SecretFile));

        // Not .NET's own: names of any bytes may be among the files.
        Shell.RunWellAsync("/", $"rm -rf {Source}").GetAwaiter().GetResult();
        directory.Dispose();
    }
}
