using Hearth.Guest.Init.Mounts;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>Mount points are looked for, and made, within the container's root, whatever links it holds.</summary>
public sealed class ContainerTreeTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-tree-").FullName;
    private readonly string root;

    public ContainerTreeTests()
    {
        root = Directory.CreateDirectory(Path.Combine(directory, "root")).FullName;
        Directory.CreateDirectory(Path.Combine(directory, "outside"));
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("/a/b/c")]
    [InlineData("a//b/./c/")]
    [InlineData("/../../a/b/c")]
    public void Missing_directories_are_made_inside(string destination)
    {
        using ContainerTree tree = new(RootedPaths.Hold(root));
        using (SafeFileHandle held = tree.HoldDirectory(destination))
        {
            Assert.False(held.IsInvalid);
        }

        Assert.True(Directory.Exists(Path.Combine(root, "a/b/c")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(directory, "outside")));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/outside")]
    [InlineData("../../../../../../../outside")]
    public void Links_lead_no_further_than_the_root(string target)
    {
        File.CreateSymbolicLink(Path.Combine(root, "link"), target);
        Directory.CreateDirectory(Path.Combine(root, "outside"));
        using ContainerTree tree = new(RootedPaths.Hold(root));

        tree.HoldDirectory("/link/made").Dispose();

        Assert.True(Directory.Exists(Path.Combine(root, "outside/made")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(directory, "outside")));
    }

    [Theory]
    [InlineData("loop", "form a loop")]
    [InlineData("loop/below", "form a loop")]
    [InlineData("file/below", "file")]
    public void What_cannot_be_a_mount_point_is_told(string destination, string words)
    {
        File.CreateSymbolicLink(Path.Combine(root, "loop"), "loop");
        File.WriteAllText(Path.Combine(root, "file"), "");
        using ContainerTree tree = new(RootedPaths.Hold(root));

        GuestInitException refusal = Assert.Throws<GuestInitException>(() => tree.HoldDirectory("/" + destination));

        Assert.Contains(words, refusal.Message);
    }

    /// <summary>As runc resolves them: a link's target is a path of the root, also where nothing is there yet.</summary>
    [Theory]
    [InlineData("/dangling", "/run/a/b")]
    [InlineData("dangling", "/run/a/b")]
    [InlineData("/etc/dangling", "../run/a/b")]
    [InlineData("/etc/dangling", "../../../../run/a/b")]
    [InlineData("/dangling", "/first/../run/a/b")]
    [InlineData("/dangling/b", "/run/a")]
    [InlineData("/dangling/b", "missing/../run/a")]
    public void What_lies_behind_a_link_to_nothing_is_made_inside(string destination, string target)
    {
        Directory.CreateDirectory(Path.Combine(root, "etc"));
        File.CreateSymbolicLink(Path.Combine(root, destination.TrimStart('/').Replace("/b", "", StringComparison.Ordinal)), target);

        using ContainerTree tree = new(RootedPaths.Hold(root));
        tree.HoldDirectory(destination).Dispose();

        Assert.True(Directory.Exists(Path.Combine(root, "run/a/b")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(directory, "outside")));
        Assert.Equal(["outside", "root"], Directory.EnumerateFileSystemEntries(directory).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_chain_of_links_to_nothing_is_followed_to_its_end()
    {
        File.CreateSymbolicLink(Path.Combine(root, "one"), "two/x");
        File.CreateSymbolicLink(Path.Combine(root, "two"), "/three");
        File.CreateSymbolicLink(Path.Combine(root, "three"), "run");

        using ContainerTree tree = new(RootedPaths.Hold(root));
        tree.HoldDirectory("/one").Dispose();

        Assert.True(Directory.Exists(Path.Combine(root, "run/x")));
    }
}
