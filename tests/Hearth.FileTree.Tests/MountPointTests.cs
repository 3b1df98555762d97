using System.Globalization;
using System.Text;
using Hearth.FileTree.Tests.Support;
using Hearth.Linux.Mounts;

namespace Hearth.FileTree.Tests;

/// <summary>What is mounted beneath the root, seen in mount namespaces of the tests' own.</summary>
public sealed class MountPointTests : IDisposable
{
    private const string TmpfsOptions = "size=1m,mode=0751,uid=12,gid=34";

    private static readonly WalkOptions crossing = new() { CrossMounts = true };

    private readonly TemporaryDirectory directory = new();

    [Fact]
    public void A_mount_point_is_an_empty_directory_as_find_sees_it() => OwnThread.WithOwnMounts(() =>
    {
        MountTmpfs("mounted");
        RawFiles.MakeFile(At("mounted/file"));

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        NodeId node = TreeText.Find(tree, "mounted");
        Assert.Equal((NodeType.Directory, (ushort)0b111_101_001, 12u, 34u), (tree[node].Type, tree[node].Permissions, tree[node].Uid, tree[node].Gid));
        Assert.Equal(0, tree.EntriesOf(node).Length);
        Assert.Equal(["mounted"], TreeText.PathsOf(tree));
    });

    [Fact]
    public void Mounts_are_followed_on_demand_and_each_node_knows_its_device() => OwnThread.WithOwnMounts(() =>
    {
        MountTmpfs("mounted");
        RawFiles.MakeFile(At("mounted/file"));
        RawFiles.MakeFile(At("file"));

        WalkedTree walked = DirectoryWalker.Walk(directory.Path, crossing);
        Tree tree = walked.Tree;

        Assert.Equal(["file", "mounted", "mounted/file"], TreeText.PathsOf(tree));
        Assert.Equal(2, DevicesOf(walked).Length);
        Assert.Equal(Device("file"), walked.IdentityOf(TreeText.Find(tree, "file")).Store);
        Assert.Equal(Device("mounted/file"), walked.IdentityOf(TreeText.Find(tree, "mounted/file")).Store);
        MountedTree.AssertSame(directory.Path, tree);
    });

    [Fact]
    public void The_same_inode_number_on_two_file_systems_joins_nothing() => OwnThread.WithOwnMounts(() =>
    {
        foreach (string name in new[] { "one", "two" })
        {
            MountTmpfs(name);
            RawFiles.MakeFile(At($"{name}/first"));
            RawFiles.MakeHardLink(At($"{name}/second"), At($"{name}/first"));
        }

        WalkedTree walked = DirectoryWalker.Walk(directory.Path, crossing);
        Tree tree = walked.Tree;

        NodeId first = TreeText.Find(tree, "one/first");
        NodeId other = TreeText.Find(tree, "two/first");
        Assert.Equal(walked.IdentityOf(first).Position, walked.IdentityOf(other).Position);
        Assert.NotEqual(first, other);
        Assert.Equal(first, TreeText.Find(tree, "one/second"));
        Assert.Equal(2u, tree[first].LinkCount);
    });

    [Fact]
    public void A_part_of_the_same_file_system_mounted_elsewhere_is_not_followed() => OwnThread.WithOwnMounts(() =>
    {
        RawFiles.MakeDirectory(At("source"));
        RawFiles.MakeNode(At("source/file"), NodeType.Regular, size: 5);
        RawFiles.MakeDirectory(At("target"));
        RawFiles.MakeNode(At("target-file"), NodeType.Regular);
        FileSystems.Mount(directory.File("source"), directory.File("target"), null, MountFlags.Bind);
        FileSystems.Mount(directory.File("source/file"), directory.File("target-file"), null, MountFlags.Bind);

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        Assert.Equal(["source", "source/file", "target", "target-file"], TreeText.PathsOf(tree));
        Assert.Equal(0, tree[TreeText.Find(tree, "target-file")].Size);
        Assert.Equal(5, tree.ContentBytes);
    });

    [Fact]
    public void The_root_may_be_a_mount_point_itself() => OwnThread.WithOwnMounts(() =>
    {
        MountTmpfs("mounted");
        RawFiles.MakeFile(At("mounted/file"));
        Assert.Equal(["file"], TreeText.PathsOf(DirectoryWalker.Walk(directory.File("mounted"))));
    });

    [Fact]
    public void A_mount_whose_server_died_is_an_empty_directory_for_every_worker() => OwnThread.WithOwnMounts(() =>
    {
        const int Many = 20;
        for (int i = 0; i < Many; i++)
        {
            RawFiles.MakeDirectory(At($"d{i}"));
            RawFiles.MakeDirectory(At($"d{i}/dead"));
            MountDead($"d{i}/dead");
        }

        WalkedTree walked = DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 8 });
        Tree tree = walked.Tree;

        Assert.Equal(1 + (2 * Many), tree.NodeCount);
        Assert.Single(DevicesOf(walked));
        NodeId dead = TreeText.Find(tree, "d7/dead");
        Assert.Equal((NodeType.Directory, 0, 2u), (tree[dead].Type, tree[dead].EntryCount, tree[dead].LinkCount));
    });

    [Fact]
    public void A_mount_whose_server_died_is_an_error_where_it_was_to_be_followed() => OwnThread.WithOwnMounts(() =>
    {
        RawFiles.MakeDirectory(At("dead"));
        MountDead("dead");

        FileTreeException failure = Assert.Throws<FileTreeException>(() => DirectoryWalker.Walk(directory.Path, crossing));

        Assert.Equal(FileTreeError.Unreadable, failure.Error);
        Assert.Contains(directory.File("dead"), failure.Message, StringComparison.Ordinal);
        Assert.Equal(["other"], Rest(crossing with { Exclude = ["dead"] }));
    });

    public void Dispose() => directory.Dispose();

    private string[] Rest(WalkOptions options)
    {
        RawFiles.MakeFile(At("other"));
        return TreeText.PathsOf(DirectoryWalker.Walk(directory.Path, options));
    }

    private byte[] At(string path) => RawFiles.Path(directory.Path, Encoding.UTF8.GetBytes(path));

    private void MountTmpfs(string name)
    {
        RawFiles.MakeDirectory(At(name));
        FileSystems.Mount("none", directory.File(name), "tmpfs", MountFlags.None, TmpfsOptions);
    }

    /// <summary>A FUSE mount with nobody at its other end.</summary>
    private void MountDead(string name)
    {
        Assert.SkipUnless(File.Exists("/dev/fuse"), "this machine has no /dev/fuse");
        using FileStream device = new("/dev/fuse", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        FileSystems.Mount("dead", directory.File(name), "fuse", MountFlags.NoSetUserId | MountFlags.NoDevices,
            $"fd={device.SafeFileHandle.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0");
    }

    private static uint[] DevicesOf(WalkedTree walked) => [.. walked.Identities.ToArray().Select(identity => identity.Store).Distinct()];

    private ulong Device(string path) =>
        ulong.Parse(Encoding.ASCII.GetString(Command.Run("stat", ["-c", "%d", directory.File(path)])), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
}
