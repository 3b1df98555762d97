using Hearth.Containers;
using Hearth.Keeper.Machines;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

public sealed class KernelSearchTests : IDisposable
{
    private readonly Workplace place = new();

    private KernelSearch Search => new(place.Directories);

    [Fact]
    public void Without_a_kernel_the_error_says_where_one_was_sought_and_how_to_get_one()
    {
        HearthException failure = Assert.Throws<HearthException>(() => Search.Resolve(null));
        Assert.Equal(HearthError.KernelUnavailable, failure.Error);
        Assert.Contains(place.Directories.Kernels, failure.Message, StringComparison.Ordinal);
        Assert.Contains(KernelSearch.SharedStore, failure.Message, StringComparison.Ordinal);
        Assert.Contains("hearth kernel import", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_newest_imported_one_is_preferred_and_one_named_by_its_path_never()
    {
        place.AddKernel("old", "6.1.0-9", "[\"squashfs\"]");
        place.AddKernel("new", "6.1.0-10", "[\"squashfs\"]");
        place.AddKernel("image-00", "7.0", "null", adHoc: true);
        Assert.Equal("new", Search.Resolve(null).Name);
        Assert.Equal("old", Search.Resolve("old").Name);
        Assert.Equal("image-00", Search.Resolve("image-00").Name);
        Assert.Equal(["new", "old", "image-00"], Search.List().Select(kernel => kernel.Name));
    }

    [Fact]
    public void A_kernel_may_be_named_by_its_directory()
    {
        place.AddKernel("there", "6.1", "null");
        Directory.Move(place.At("state/kernels/there"), place.At("elsewhere"));
        Assert.Equal(place.At("elsewhere/vmlinux"), Search.Resolve(place.At("elsewhere")).ImagePath);
    }

    [Fact]
    public void A_kernel_that_is_not_there_is_named()
    {
        HearthException failure = Assert.Throws<HearthException>(() => Search.Resolve("missing"));
        Assert.Equal(HearthError.KernelUnavailable, failure.Error);
        Assert.Contains("'missing'", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"name\": 1}")]
    public void A_damaged_store_is_an_error_with_the_file(string description)
    {
        place.Write("state/kernels/broken/kernel.json", description);
        HearthException failure = Assert.Throws<HearthException>(() => Search.List());
        Assert.Equal(HearthError.KernelUnavailable, failure.Error);
        Assert.Contains(place.At("state/kernels/broken/kernel.json"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_kernel_is_not_imported_and_leaves_nothing()
    {
        string text = place.Write("text", new string('x', 10_000));
        HearthException failure = Assert.Throws<HearthException>(() => KernelSearch.Import(text, place.Directories.Kernels));
        Assert.Equal(HearthError.KernelUnavailable, failure.Error);
        Assert.Empty(Directory.GetFileSystemEntries(place.Directories.Kernels));
        Assert.Equal(HearthError.KernelUnavailable, Assert.Throws<HearthException>(() => KernelSearch.Import(text, Path.Combine(text, "store"))).Error);
    }

    [Fact]
    public void The_guests_init_is_found_where_it_was_named_or_missed_with_advice()
    {
        string init = place.Write("init", "");
        Assert.Equal(init, GuestInit.Find(init));
        HearthException failure = Assert.Throws<HearthException>(() => GuestInit.Find(place.At("missing")));
        Assert.Equal(HearthError.InitUnavailable, failure.Error);
        Assert.Contains("HEARTH_INIT", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copies_are_pruned_and_imported_kernels_only_where_nothing_is_to_boot_them()
    {
        place.AddKernel("new", "6.1.0-10", "null");
        place.AddKernel("old", "6.1.0-9", "null");
        place.AddKernel("named", "6.1.0-8", "null");
        place.AddKernel("image-00", "7.0", "null", adHoc: true);
        place.KeepContainer("web", "named");
        KernelRemoval removal = new(place.Directories, TimeProvider.System);

        Assert.Equal(["image-00"], removal.Prune(includesImported: false).Select(removed => removed.Entry.Name));
        Assert.Equal(["old"], removal.Prune(includesImported: true).Select(removed => removed.Entry.Name));
        Assert.Equal(["new", "named"], Search.List().Select(kernel => kernel.Name));
    }

    [Fact]
    public void A_kernel_that_a_container_is_to_boot_is_removed_by_force_alone()
    {
        place.AddKernel("named", "6.1.0-8", "null");
        place.KeepContainer("web", "named");
        KernelRemoval removal = new(place.Directories, TimeProvider.System);

        Assert.Contains("the container 'web' uses it", Assert.Throws<HearthException>(() => removal.Remove("named", force: false)).Message, StringComparison.Ordinal);
        Assert.Contains("no kernel has this name", Assert.Throws<HearthException>(() => removal.Remove("other", force: true)).Message, StringComparison.Ordinal);
        Assert.True(removal.Remove("named", force: true) > 0);
        Assert.Empty(Search.List());
    }

    public void Dispose() => place.Dispose();
}
