using Hearth.Machines.Initramfs;
using Hearth.Machines.Kernel;
using Hearth.Machines.Qemu;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Initramfs;

/// <summary>The archive as cpio(1) reads it; that the kernel reads it too shows every boot of the conformance suite.</summary>
public sealed class InitramfsImageTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Cpio_unpacks_what_was_put_in()
    {
        KernelEntry kernel = TestKernels.Newest();
        IReadOnlyList<KernelModule> expected = InitramfsImage.Select(kernel, ["virtio_blk", "erofs"]);
        string init = directory.Write("program", [.. Enumerable.Range(0, 70_001).Select(number => (byte)number)]);

        InitramfsImage.Write(directory["a.cpio"], init, kernel, ["virtio_blk", "erofs"]);

        string unpacked = Directory.CreateDirectory(directory["unpacked"]).FullName;
        Tool.RunIn(unpacked, "", "cpio", "--extract", "--quiet", "--file", directory["a.cpio"]);
        string[] files = [.. expected.Select((module, index) => $"lib/modules-hearth/{index:00}-{module.Name}.ko")];
        Assert.Equal(
            ["dev", "dev/console", "init", "lib", "lib/modules-hearth", .. files],
            Tool.RunIn(unpacked, "", "cpio", "--list", "--quiet", "--file", directory["a.cpio"]).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(File.ReadAllBytes(init), File.ReadAllBytes(Path.Combine(unpacked, "init")));
        Assert.Equal("755 0 0 1:5", Tool.Run("stat", "-c", "%a %u %g", Path.Combine(unpacked, "init")).Trim() + " " + Tool.Run("stat", "-c", "%T:%t", Path.Combine(unpacked, "dev/console")).Trim());
        for (int i = 0; i < files.Length; i++)
        {
            Assert.Equal(File.ReadAllBytes(kernel.ModulePath(expected[i])), File.ReadAllBytes(Path.Combine(unpacked, files[i])));
        }
    }

    [Fact]
    public void The_same_entries_give_the_same_bytes()
    {
        string init = directory.Write("program", [1, 2, 3]);
        IReadOnlyList<string> modules = new QemuDriver(TestEnvironment.Own, Accelerator.Tcg).GuestModules;
        InitramfsImage.Write(directory["a.cpio"], init, TestKernels.Newest(), modules);
        File.SetLastWriteTimeUtc(init, DateTime.UnixEpoch);
        InitramfsImage.Write(directory["b.cpio"], init, TestKernels.Newest(), modules.Reverse());

        Assert.Equal(File.ReadAllBytes(directory["a.cpio"]), File.ReadAllBytes(directory["b.cpio"]));
        Assert.Equal(0, new FileInfo(directory["a.cpio"]).Length % 4);
    }

    [Fact]
    public void Modules_come_with_all_that_they_need_and_without_what_is_built_in()
    {
        IReadOnlyList<KernelModule> chosen = InitramfsImage.Select(TestKernels.Newest(), ["virtio_net", "ext4"]);

        Assert.Equal("virtio_net", chosen[^1].Name);
        Assert.DoesNotContain(chosen, module => module.Name == "ext4");
        HashSet<string> before = [];
        foreach (KernelModule module in chosen)
        {
            Assert.Subset(before, module.DependsOn.ToHashSet());
            before.Add(module.Name);
        }
    }

    [Fact]
    public void An_archive_that_cannot_be_finished_is_removed()
    {
        Assert.Throws<FileNotFoundException>(() => InitramfsImage.Write(directory["a.cpio"], directory["nowhere"], TestKernels.Newest(), []));

        Assert.False(File.Exists(directory["a.cpio"]));
    }

    [Fact]
    public void A_file_system_that_the_kernel_has_not_is_named()
    {
        KernelEntry bare = TestKernels.Newest() with { Modules = [], FileSystems = [] };

        KernelException refusal = Assert.Throws<KernelException>(() => InitramfsImage.Write(directory["a.cpio"], "/bin/busybox", bare, ["erofs"]));

        Assert.Equal(KernelError.ModuleMissing, refusal.Error);
        Assert.Contains("erofs", refusal.Message);
    }
}
