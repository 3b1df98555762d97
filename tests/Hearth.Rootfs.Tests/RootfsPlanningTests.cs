using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.FileTree.Tests.Support;
using Hearth.Linux.Mounts;
using Hearth.Machines.Kernel;
using Hearth.Records.Tests.Support;

namespace Hearth.Rootfs.Tests;

public sealed class RootfsPlanningTests : IDisposable
{
    private readonly Workplace place = new();
    private readonly Timeline timeline = new(TimeProvider.System, TimeProvider.System.GetTimestamp());

    [Theory]
    [InlineData(null, ImageFormat.Erofs)]
    [InlineData(ImageFormat.Erofs, ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs, ImageFormat.SquashFs)]
    public void A_directory_becomes_a_plan_of_its_tree(ImageFormat? asked, ImageFormat planned)
    {
        place.Write("root/etc/hostname", "here");
        ImagePlan plan = Plan(place.At("root"), new RootfsOptions { Format = asked });
        Assert.Equal(planned, plan.Format);
        Assert.Equal(3, plan.Tree.NodeCount);
        Assert.Equal([PhaseNames.Walk, PhaseNames.Plan], timeline.Phases.Select(phase => phase.Name));
    }

    [Fact]
    public void What_is_included_and_excluded_reaches_the_walk()
    {
        place.Write("root/etc/hostname", "here");
        place.Write("root/etc/secret", "hush");
        place.Write("root/usr/bin/true", "");
        ImagePlan plan = Plan(place.At("root"), new RootfsOptions { Include = ["etc"], Exclude = ["etc/secret"] });
        Assert.Equal(3, plan.Tree.NodeCount);
    }

    [Fact]
    public void Crossing_mounts_takes_all_but_what_the_guest_has_itself() => OwnThread.WithOwnMounts(() =>
    {
        foreach (string name in new[] { "data", "proc", "sys", "dev" })
        {
            FileSystems.Mount("none", place.MakeDirectory($"root/{name}"), "tmpfs", MountFlags.None, "size=1m");
            place.Write($"root/{name}/file", "");
        }

        ImagePlan plan = Plan(place.At("root"), new RootfsOptions { CrossMounts = true });

        Assert.Equal(6, plan.Tree.NodeCount);
        Assert.Equal("data/file"u8, plan.Tree.PathOf(new NodeId(5)));
    });

    [Fact]
    public void A_machines_own_kernel_file_systems_are_empty_directories_though_mounts_are_crossed()
    {
        var options = new RootfsOptions { CrossMounts = true, Include = ["proc", "sys", "dev"] };
        ImagePlan plan = Plan("/", options);
        Assert.Equal((4, 3), (plan.Tree.NodeCount, plan.Tree.EntryCount));
    }

    [Theory]
    [InlineData("missing", "there is no such directory")]
    [InlineData("file", "it is not a directory")]
    public void A_root_that_cannot_be_taken_is_an_error_with_its_path(string name, string cause)
    {
        place.Write("file", "");
        HearthException failure = Assert.Throws<HearthException>(() => Plan(place.At(name), new RootfsOptions()));
        Assert.Equal(HearthError.RootUnavailable, failure.Error);
        Assert.Contains(place.At(name), failure.Message, StringComparison.Ordinal);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_given_up_says_so() => Assert.Throws<OperationCanceledException>(
        () => Plan("/usr/share/doc", new RootfsOptions(), new CancellationToken(canceled: true)));

    [Theory]
    [InlineData("squashfs erofs", null, ImageFormat.Erofs)]
    [InlineData("squashfs", null, ImageFormat.SquashFs)]
    [InlineData(null, null, ImageFormat.SquashFs)]
    [InlineData("squashfs erofs", ImageFormat.SquashFs, ImageFormat.SquashFs)]
    [InlineData(null, ImageFormat.Erofs, ImageFormat.Erofs)]
    public void The_format_is_the_one_asked_for_or_the_best_that_the_kernel_surely_mounts(string? fileSystems, ImageFormat? asked, ImageFormat chosen) =>
        Assert.Equal(chosen, RootfsPlanning.Choose(asked, Kernel(fileSystems)));

    [Fact]
    public void A_format_that_the_kernel_surely_cannot_mount_is_refused()
    {
        HearthException failure = Assert.Throws<HearthException>(() => RootfsPlanning.Choose(ImageFormat.Erofs, Kernel("squashfs ext4")));
        Assert.Equal(HearthError.KernelUnavailable, failure.Error);
        Assert.Equal("the kernel 'test' cannot mount erofs; use --rootfs-format auto, or another kernel ('hearth kernel list')", failure.Message);
    }

    [Fact]
    public void Bytes_are_summed_up_by_directory_and_hard_links_counted_once()
    {
        place.Write("root/large/deep/file", new string('x', 900));
        place.Write("root/large/file", new string('x', 50));
        place.Write("root/small/file", "x");
        place.Write("root/other/file", "xx");
        place.MakeDirectory("root/empty");
        Command.Run("ln", [place.At("root/large/file"), place.At("root/small/again")]);
        ImagePlan plan = Plan(place.At("root"), new RootfsOptions());

        DirectoryUsage usage = DirectoryUsage.Of(plan.Tree, depth: 1, smallestShare: 0.01);

        Assert.Equal(("/", 953L, 4L), (usage.Name, usage.Bytes, usage.Files));
        Assert.Equal(
            [("large", 950L, 2L, 0), ("(3 smaller)", 3L, 2L, 0)],
            usage.Children.Select(child => (child.Name, child.Bytes, child.Files, child.Children.Count)));
        Assert.Equal("deep", DirectoryUsage.Of(plan.Tree, depth: 2, smallestShare: 0.01).Children[0].Children[0].Name);
        Assert.Empty(DirectoryUsage.Of(plan.Tree, depth: 0, smallestShare: 0).Children);
    }

    [Theory]
    [InlineData("missing", HearthError.StorageFailed)]
    [InlineData("directory", HearthError.StorageFailed)]
    [InlineData("text", HearthError.InvalidRequest)]
    [InlineData("empty", HearthError.InvalidRequest)]
    public void What_is_no_image_cannot_be_dumped(string name, HearthError error)
    {
        place.MakeDirectory("directory");
        place.Write("text", new string('x', 5000));
        place.Write("empty", "");
        HearthException failure = Assert.Throws<HearthException>(() => ImageReading.Dump(place.At(name), CancellationToken.None));
        Assert.Equal(error, failure.Error);
        Assert.Contains($"cannot read the image '{place.At(name)}'", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();

    private ImagePlan Plan(string path, RootfsOptions options, CancellationToken cancellationToken = default) =>
        RootfsPlanning.Plan(new DirectoryRoot(path, options), options, timeline, cancellationToken).Image;

    private static KernelEntry Kernel(string? fileSystems) => new()
    {
        Name = "test", Release = "6.1", Architecture = "x86_64", Digest = "sha256:00", EndAddress = 1, Source = "a test",
        FileSystems = fileSystems?.Split(' '),
    };
}
