using System.Text;
using Hearth.Machines.Kernel;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Kernel;

public sealed class KernelStoreTests : IDisposable
{
    private readonly KernelLab lab = new();

    public void Dispose() => lab.Dispose();

    [Fact]
    public void Kernels_are_listed_newest_first_and_found_by_name()
    {
        foreach (string release in (string[])["6.9.12", "6.10.0-rc1", "5.10.223"])
        {
            Import(release);
        }

        Assert.Equal(["6.10.0-rc1", "6.9.12", "5.10.223"], lab.Store.List().Select(entry => entry.Name));
        Assert.Equal("6.10.0-rc1", lab.Store.Find().Name);
        Assert.Equal("6.9.12", lab.Store.Resolve("6.9.12").Name);
        Assert.Equal("6.9.12", lab.Store.Resolve(Path.Combine(lab.Store.Directory, "6.9.12")).Name);
    }

    [Fact]
    public void An_image_named_by_its_path_is_imported_once_and_never_the_default()
    {
        string path = lab.Write("image", TinyKernel.Make());

        KernelEntry first = lab.Store.Resolve(path);
        DateTime written = File.GetLastWriteTimeUtc(first.ImagePath);
        KernelEntry second = lab.Store.Resolve(path);

        Assert.True(first.AdHoc);
        Assert.Equal(first.Directory, second.Directory);
        Assert.Equal(written, File.GetLastWriteTimeUtc(second.ImagePath));
        Assert.Equal(KernelError.NotFound, Assert.Throws<KernelException>(() => lab.Store.Find()).Error);
    }

    [Fact]
    public void What_a_killed_import_left_goes_with_the_next_and_what_runs_stays()
    {
        string abandoned = Path.Combine(lab.Store.Directory, ".import-abandoned");
        string running = Path.Combine(lab.Store.Directory, ".import-running");
        Directory.CreateDirectory(Path.Combine(abandoned, "entry"));
        File.WriteAllText(abandoned + ".lock", "");
        Directory.CreateDirectory(running);
        using (new FileStream(running + ".lock", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            Import("6.1.0");
            Assert.Equal([".import-running", ".import-running.lock", "6.1.0"], Names());
        }

        Import("6.1.0");
        Assert.Equal(["6.1.0"], Names());

        string[] Names() => [.. Directory.EnumerateFileSystemEntries(lab.Store.Directory).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_kernel_that_is_replaced_is_there_at_every_moment()
    {
        Import("6.1.0");
        using CancellationTokenSource done = new();
        TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task watching = Task.Factory.StartNew(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    Assert.True(File.Exists(Path.Combine(lab.Store.Directory, "6.1.0", "kernel.json")));
                    looked.TrySetResult();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await looked.Task;

        for (int turn = 0; turn < 20; turn++)
        {
            Import("6.1.0");
        }

        done.Cancel();
        await watching;
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../outside")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("no-such-kernel")]
    public void Names_that_lead_nowhere_or_out_of_the_store_are_not_found(string name)
    {
        Import("6.1.0");
        lab.Write("outside/kernel.json", File.ReadAllBytes(Path.Combine(lab.Store.Directory, "6.1.0", "kernel.json")));

        Assert.Equal(KernelError.NotFound, Assert.Throws<KernelException>(() => lab.Store.Find(name)).Error);
        Assert.Equal(KernelError.NotFound, Assert.Throws<KernelException>(() => lab.Store.Resolve(name == "../outside" ? "outside" : name)).Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"name\":\"x\"}")]
    [InlineData("MODULES-NULL")]
    [InlineData("MODULE-PATH")]
    public void A_damaged_description_is_told_by_its_path(string json)
    {
        KernelEntry entry = Import("6.1.0");
        string path = Path.Combine(entry.Directory, "kernel.json");
        string whole = File.ReadAllText(path);
        File.WriteAllText(path, json switch
        {
            "MODULES-NULL" => Replaced(whole, "null"),
            "MODULE-PATH" => Replaced(whole, "[{\"name\":\"../../../etc/hostname\",\"dependsOn\":[]}]"),
            _ => json,
        });

        KernelException damage = Assert.Throws<KernelException>(() => lab.Store.Find("6.1.0"));

        Assert.Equal(KernelError.Corrupt, damage.Error);
        Assert.Contains(path, damage.Message);
    }

    [Fact]
    public async Task Imports_of_the_same_kernel_at_once_all_succeed_and_readers_see_whole_entries()
    {
        string[] sources =
        [
            lab.Write("first", TinyKernel.Make(paddingBytes: 100_000)),
            lab.Write("second", TinyKernel.Make(paddingBytes: 200_000)),
        ];
        lab.Store.Import(sources[0]);
        using CancellationTokenSource done = new();
        Task reading = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                Assert.All(lab.Store.List(), entry => Assert.Equal(TinyKernel.Release, entry.Release));
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 24).Select(turn => Task.Run(() => lab.Store.Import(sources[turn % 2]))));
        await done.CancelAsync();
        await reading;

        KernelEntry only = Assert.Single(lab.Store.List());
        Assert.Contains(new FileInfo(only.ImagePath).Length, sources.Select(source => new FileInfo(source).Length));
    }

    [Fact]
    public void A_kernel_that_is_removed_is_gone_whole()
    {
        KernelEntry entry = Import("6.1.0");

        Assert.False(lab.Store.Remove("6.2.0"));
        Assert.False(lab.Store.Remove("../store"));
        Assert.True(lab.Store.Remove("6.1.0"));

        Assert.False(Directory.Exists(entry.Directory));
        Assert.Empty(lab.Store.List());
        Assert.False(lab.Store.Remove("6.1.0"));
    }

    [Fact]
    public void Copies_of_images_that_nobody_has_used_for_long_go_when_another_is_made()
    {
        string[] images = [.. Enumerable.Range(0, 4).Select(number => lab.Write($"image{number}", TinyKernel.Make(paddingBytes: number)))];
        KernelEntry[] copies = [.. images[..3].Select(image => lab.Store.Resolve(image))];
        KernelEntry imported = Import("6.1.0");
        foreach (KernelEntry entry in (KernelEntry[])[copies[0], copies[1], imported])
        {
            Directory.SetLastWriteTimeUtc(entry.Directory, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));
        }

        // One of the old ones is used again, and with it stays.
        Assert.Equal(copies[1].Name, lab.Store.Resolve(images[1]).Name);
        KernelEntry latest = lab.Store.Resolve(images[3]);

        Assert.Equal(
            new[] { copies[1].Name, copies[2].Name, imported.Name, latest.Name }.Order(StringComparer.Ordinal),
            lab.Store.List().Select(entry => entry.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_full_disk_leaves_the_store_as_it_was()
    {
        string mountPoint = Directory.CreateDirectory(lab["small"]).FullName;
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=256k", "small", mountPoint);
        try
        {
            KernelStore store = new(mountPoint);
            store.Import(lab.Write("small-image", TinyKernel.Make()));

            Assert.ThrowsAny<IOException>(() => store.Import(lab.Write("large-image", TinyKernel.Make(paddingBytes: 1 << 20))));

            Assert.Equal([TinyKernel.Release], Directory.EnumerateFileSystemEntries(mountPoint).Select(Path.GetFileName));
            Assert.Equal(TinyKernel.Make(), File.ReadAllBytes(store.Find().ImagePath));
        }
        finally
        {
            Tool.Run("umount", mountPoint);
        }
    }

    [Fact]
    public void The_real_kernel_knows_its_file_systems_and_keeps_its_modules_in_order()
    {
        KernelEntry entry = TestKernels.Newest();

        Assert.True(entry.Mounts("squashfs"));
        Assert.True(entry.Mounts("overlay"));
        Assert.True(entry.Has("pvh"));
        for (int i = 0; i < entry.Modules.Count; i++)
        {
            Assert.Subset(entry.Modules.Take(i).Select(module => module.Name).ToHashSet(), entry.Modules[i].DependsOn.ToHashSet());
            Assert.True(File.Exists(entry.ModulePath(entry.Modules[i])));
        }
    }

    [Theory]
    [InlineData("6.9.0", "6.10.0")]
    [InlineData("6.1.0-9-cloud-amd64", "6.1.0-56-cloud-amd64")]
    [InlineData("6.1.0", "6.1.0-1")]
    [InlineData("4.19.007", "4.19.8")]
    public void Releases_are_ordered_by_their_numbers(string older, string newer)
    {
        Assert.True(ReleaseOrder.Instance.Compare(older, newer) < 0);
        Assert.True(ReleaseOrder.Instance.Compare(newer, older) > 0);
        Assert.Equal(0, ReleaseOrder.Instance.Compare(newer, newer));
    }

    [Theory]
    [InlineData("kernel/arch/x86/kvm/kvm-amd.ko.xz", "kvm_amd")]
    [InlineData("virtio.ko", "virtio")]
    [InlineData("a.ko.gz", "a")]
    [InlineData("a.ko.zst", "a")]
    [InlineData("a.ko.bak", null)]
    [InlineData(".ko", null)]
    [InlineData("a.txt", null)]
    public void A_modules_name_comes_from_its_files(string file, string? name) => Assert.Equal(name, ModuleFile.NameOf(file));

    private static string Replaced(string description, string modules)
    {
        int start = description.IndexOf("\"modules\":", StringComparison.OrdinalIgnoreCase);
        int end = description.IndexOf(']', start);
        return new StringBuilder(description).Remove(start + 10, end - start - 9).Insert(start + 10, modules).ToString();
    }

    private KernelEntry Import(string release) =>
        lab.Store.Import(lab.Write($"image-{release}", TinyKernel.Make(banner: $"Linux version {release} (a@b) #1")));
}
