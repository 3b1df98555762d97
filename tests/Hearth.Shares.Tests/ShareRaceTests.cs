using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;
using Hearth.Shares.Tests.Support;

namespace Hearth.Shares.Tests;

/// <summary>Names that come to lead elsewhere while they are in use: nothing beyond the share is reached.</summary>
public sealed class ShareRaceTests : IDisposable
{
    private readonly SharedTree tree = new();

    private string Source => tree.Source;

    public void Dispose() => tree.Dispose();

    /// <summary>A directory is swapped for a link to the outside and back while it is walked through.</summary>
    [Fact]
    public async Task A_directory_that_becomes_a_link_under_way_leads_nowhere()
    {
        File.WriteAllText(Path.Combine(Source, "d", "inside"), "inside");
        await using ShareClient client = ShareClient.Connect(Source, options => options with { MaxHeldNodes = 1 });
        using var stop = new CancellationTokenSource();
        Task swapping = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Renaming.TryExchange(Path.Combine(Source, "d"), Path.Combine(Source, "link"));
            }
        });
        int entered = 0;
        for (int round = 0; round < 3000; round++)
        {
            FuseEntryOut entry = client.LookupEntry(ShareClient.Root, "d");
            client.Lookup(ShareClient.Root, "file");
            Assert.NotEqual(Errno.None, client.ErrnoOf(FuseOpcode.Lookup, entry.NodeId, ShareClient.Name("secret")));
            Errno made = client.ErrnoOf(FuseOpcode.Create, entry.NodeId, ShareClient.Bytes(new FuseCreateIn { Flags = 1, Mode = 0x1ff }), ShareClient.Name($"made{round}"));
            entered += made == Errno.None ? 1 : 0;
            client.ErrnoOf(FuseOpcode.Unlink, entry.NodeId, ShareClient.Name("secret"));
            client.ErrnoOf(FuseOpcode.Rename, entry.NodeId, ShareClient.Bytes(new FuseRenameIn { NewDirectory = ShareClient.Root }), ShareClient.Name("secret"), ShareClient.Name("stolen"));
            client.ErrnoOf(FuseOpcode.Release, entry.NodeId, ShareClient.Bytes(new FuseReleaseIn { FileHandle = (ulong)(entered + 1) }));
        }

        await stop.CancelAsync();
        await swapping;
        Assert.True(entered > 0, "the directory was never itself");
        Assert.False(File.Exists(Path.Combine(Source, "stolen")));
    }

    /// <summary>Directories are moved into one another while they are walked through: the table's places never make a circle.</summary>
    [Fact]
    public async Task Directories_that_change_places_under_way_keep_nobody_busy()
    {
        string a = Path.Combine(Source, "a");
        Directory.CreateDirectory(Path.Combine(a, "b", "c"));
        await using ShareClient client = ShareClient.Connect(Source, options => options with { MaxHeldNodes = 1 });
        for (int round = 0; round < 50; round++)
        {
            ulong outer = client.Lookup(ShareClient.Root, "a");
            ulong middle = client.Lookup(outer, "b");
            client.Lookup(middle, "c");
            Directory.Move(Path.Combine(a, "b"), Path.Combine(Source, "b"));
            Directory.Move(a, Path.Combine(Source, "b", "a"));
            ulong moved = client.Lookup(ShareClient.Root, "b");
            ulong inner = client.Lookup(moved, "a");
            Assert.Equal((middle, outer), (moved, inner));
            client.Lookup(ShareClient.Root, "file");
            Assert.Equal(Errno.None, client.ErrnoOf(FuseOpcode.GetAttr, inner, ShareClient.Bytes(default(FuseGetAttrIn))));
            Directory.Move(Path.Combine(Source, "b", "a"), a);
            Directory.Move(Path.Combine(Source, "b"), Path.Combine(a, "b"));
        }
    }
}
