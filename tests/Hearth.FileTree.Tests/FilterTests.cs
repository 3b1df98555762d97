using System.Text;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

/// <summary>What <see cref="WalkOptions.Include"/> and <see cref="WalkOptions.Exclude"/> take and leave.</summary>
public sealed class FilterTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public FilterTests()
    {
        foreach (string path in new[] { "bin/", "bin/sh", "etc/", "etc/empty/", "etc/ssl/", "etc/ssl/key", "etc/ssl/cert", "usr/", "usr/lib/", "usr/lib/a.so", "usr/lib/b.txt", "usr/share/", "usr/share/lib/", "usr/share/lib/c.so" })
        {
            if (path.EndsWith('/'))
            {
                RawFiles.MakeDirectory(At(path.TrimEnd('/')));
            }
            else
            {
                RawFiles.MakeFile(At(path));
            }
        }

        RawFiles.MakeSymbolicLink(At("lib"), "usr/lib"u8);
    }

    [Theory]
    [InlineData("", "etc usr", "bin bin/sh lib")]
    [InlineData("", "/etc/ /usr", "bin bin/sh lib")]
    [InlineData("", "**/lib bin etc", "usr usr/share")]
    [InlineData("", "bin etc usr/share usr/lib/*.so", "lib usr usr/lib usr/lib/b.txt")]
    [InlineData("usr/lib", "", "usr usr/lib usr/lib/a.so usr/lib/b.txt")]
    [InlineData("./usr/lib/", "", "usr usr/lib usr/lib/a.so usr/lib/b.txt")]
    [InlineData("usr/lib/a.so bin/sh", "", "bin bin/sh usr usr/lib usr/lib/a.so")]
    [InlineData("**/*.so", "", "usr usr/lib usr/lib/a.so usr/share usr/share/lib usr/share/lib/c.so")]
    [InlineData("etc", "etc/ssl/key", "etc etc/empty etc/ssl etc/ssl/cert")]
    [InlineData("etc/ssl/key", "etc/ssl", "")]
    [InlineData("etc/ssl", "**/k??", "etc etc/ssl etc/ssl/cert")]
    [InlineData("lib", "", "lib")]
    [InlineData("lib/a.so", "", "")]
    [InlineData("missing/**", "", "")]
    [InlineData("etc/*/missing", "", "")]
    [InlineData("etc/empty", "", "etc etc/empty")]
    [InlineData("/", "usr etc", "bin bin/sh lib")]
    public void Paths_are_taken_and_left(string include, string exclude, string taken)
    {
        Tree tree = DirectoryWalker.Walk(directory.Path, new WalkOptions { Include = Words(include), Exclude = Words(exclude) }).Tree;
        Assert.Equal(Words(taken), TreeText.PathsOf(tree));
    }

    [Fact]
    public void Excluding_the_root_changes_nothing() =>
        Assert.Equal(DirectoryWalker.Walk(directory.Path).Tree.NodeCount, DirectoryWalker.Walk(directory.Path, new WalkOptions { Exclude = ["/"] }).Tree.NodeCount);

    [Fact]
    public void Links_are_counted_among_what_was_taken()
    {
        RawFiles.MakeHardLink(At("etc/cert"), At("etc/ssl/cert"));
        Tree tree = DirectoryWalker.Walk(directory.Path, new WalkOptions { Exclude = ["etc/ssl"] }).Tree;
        Assert.Equal(1u, tree[TreeText.Find(tree, "etc/cert")].LinkCount);
    }

    public void Dispose() => directory.Dispose();

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private byte[] At(string path) => RawFiles.Path(directory.Path, Encoding.UTF8.GetBytes(path));
}
