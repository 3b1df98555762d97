
namespace Hearth.Shares.Tests.Support;

/// <summary>A directory, a mount by which it is shared, and a plain directory to compare with.</summary>
internal sealed class SharedDirectory : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-share-").FullName;

    private SharedDirectory(Func<ShareOptions, ShareOptions> change)
    {
        // Users other than root come here too.
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        Source = MakeDirectory("source");
        Plain = MakeDirectory("plain");
        Outside = MakeDirectory("outside");
        Mount = ShareMount.At(MakeDirectory("mount"), change(new ShareOptions { Source = Source }));
    }

    public string Source { get; }

    /// <summary>On the same file system as the source.</summary>
    public string Plain { get; }

    /// <summary>Beside the source.</summary>
    public string Outside { get; }

    public ShareMount Mount { get; }

    /// <summary>Makes and mounts it.</summary>
    public static SharedDirectory Make(Func<ShareOptions, ShareOptions>? change = null) => new(change ?? (options => options));

    /// <summary>Runs a script on the mount and in the plain directory: both have to write the same and leave the same.</summary>
    /// <returns>What it wrote.</returns>
    public async Task<string> CompareAsync(string script)
    {
        string plain = await Shell.RunAsync(Plain, script);
        Assert.Equal(plain, await Shell.RunAsync(Mount.Path, script));
        await CompareTreesAsync();
        return plain;
    }

    /// <summary>The same is to be seen in the plain directory, on the host, and through the mount.</summary>
    public async Task CompareTreesAsync()
    {
        string plain = await TreeListing.OfAsync(Plain);
        Assert.Equal(plain, await TreeListing.OfAsync(Source));
        Assert.Equal(plain, await TreeListing.OfAsync(Mount.Path));
    }

    public async ValueTask DisposeAsync()
    {
        await Mount.DisposeAsync();
        Assert.Equal((0, 0), (Mount.Server.Statistics.OpenFiles, Mount.Server.Statistics.HeldNodes));

        // Not .NET's own: names of any bytes are among the files.
        await Shell.RunWellAsync("/", $"rm -rf {directory}");
    }

    private string MakeDirectory(string name) => Directory.CreateDirectory(Path.Combine(directory, name)).FullName;
}
