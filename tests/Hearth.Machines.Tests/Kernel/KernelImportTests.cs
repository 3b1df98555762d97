using System.Security.Cryptography;
using Hearth.Machines.Kernel;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Kernel;

public sealed class KernelImportTests : IDisposable
{
    private static readonly byte[] Image = TinyKernel.Make(paddingBytes: 300_000);

    private readonly KernelLab lab = new();

    public void Dispose() => lab.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public void An_image_is_stored_uncompressed_whether_bare_or_in_a_bzImage(string how)
    {
        foreach (byte[] file in (byte[][])[Packing.BzImage(Image, how), Packing.Pack(Image, how)])
        {
            KernelEntry entry = lab.Store.Import(lab.Write("image", file));

            Assert.Equal(Image, File.ReadAllBytes(entry.ImagePath));
            Assert.Equal(TinyKernel.Release, entry.Release);
            Assert.Equal(TinyKernel.Release, entry.Name);
            Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData(Image)), entry.Digest);
            Assert.Equal(0x100_0000 + Image.Length, entry.EndAddress);
            Assert.Null(entry.FileSystems);
            Assert.Empty(entry.Modules);
        }
    }

    [Fact]
    public void A_package_brings_its_modules_unpacked_each_after_those_that_it_needs()
    {
        string package = lab.WritePackage(
            Packing.BzImage(Image, "lz4"),
            "6.1.0-tiny",
            ("drivers/virtio/virtio_mmio.ko.xz", Packing.Pack(TinyModule.Make("virtio", "virtio_ring"), "xz")),
            ("drivers/virtio/virtio.ko", TinyModule.Make("virtio_ring")),
            ("drivers/virtio/virtio_ring.ko.zst", Packing.Pack(TinyModule.Make(), "zstd")),
            ("arch/x86/kvm/kvm-amd.ko.gz", Packing.Pack(TinyModule.Make("kvm"), "gzip")),
            ("arch/x86/kvm/kvm.ko", TinyModule.Make()),
            ("sound/snd.ko", TinyModule.Make()));
        lab.Write("package/lib/modules/6.1.0-tiny/modules.builtin", "kernel/fs/ext4/ext4.ko\n"u8.ToArray());
        lab.Write("package/boot/config-6.1.0-tiny", "CONFIG_TMPFS=y\nCONFIG_ACPI=y\nCONFIG_FUSE_FS=m\n# CONFIG_EROFS_FS is not set\n"u8.ToArray());

        KernelEntry entry = lab.Store.Import(package);

        Assert.Equal(["virtio_ring", "virtio", "virtio_mmio", "kvm", "kvm_amd"], entry.Modules.Select(module => module.Name));
        Assert.Equal(TinyModule.Make("virtio", "virtio_ring"), File.ReadAllBytes(entry.ModulePath(entry.Modules[2])));
        Assert.Equal(["virtio", "virtio_ring"], entry.Modules[2].DependsOn);
        Assert.Equal(["ext4", "tmpfs"], entry.FileSystems);
        Assert.Equal(["acpi", "pvh", "virtio_mmio"], entry.Features);
        Assert.Equivalent(entry, lab.Store.Find());
    }

    [Fact]
    public void A_deb_file_is_unpacked_and_a_damaged_one_is_refused()
    {
        string package = lab.WritePackage(Packing.BzImage(Image, "gzip"), "6.1.0-tiny");
        lab.Write("package/DEBIAN/control", "Package: tiny\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: none\n"u8.ToArray());
        Tool.Run("dpkg-deb", "--build", package, lab["tiny.deb"]);

        Assert.Equal(TinyKernel.Release, lab.Store.Import(lab["tiny.deb"]).Release);

        lab.Write("damaged.deb", File.ReadAllBytes(lab["tiny.deb"])[..300]);
        lab.AssertRefused(KernelError.ToolFailed, lab["damaged.deb"]);
    }

    [Fact]
    public void The_newest_of_several_kernels_of_a_directory_is_taken()
    {
        lab.WritePackage(TinyKernel.Make(banner: "Linux version 6.9.1 (a@b) #1"), "6.9.1");
        string package = lab.WritePackage(TinyKernel.Make(banner: "Linux version 6.10.0 (a@b) #1"), "6.10.0");

        Assert.Equal("6.10.0", lab.Store.Import(package).Release);
    }

    [Theory]
    [InlineData("bzip2")]
    [InlineData("lzma")]
    public void A_compression_that_is_not_read_is_named(string how)
    {
        lab.AssertRefused(KernelError.UnsupportedCompression, lab.Write("bare", Packing.Pack(Image, how)));
        lab.AssertRefused(KernelError.UnsupportedCompression, lab.Write("image", Packing.BzImage(Image, how)));
    }

    public static TheoryData<string, KernelError> Refused => new()
    {
        { "empty", KernelError.NotAKernel },
        { "text", KernelError.NotAKernel },
        { "a directory without one", KernelError.NotFound },
        { "nothing", KernelError.NotFound },
        { "ELF header alone", KernelError.Corrupt },
        { "ELF cut off", KernelError.Corrupt },
        { "ELF that loads nothing", KernelError.NotAKernel },
        { "ELF segment around the end of memory", KernelError.Corrupt },
        { "ELF without a release", KernelError.NotAKernel },
        { "ELF with a path for a release", KernelError.NotAKernel },
        { "for another processor", KernelError.WrongArchitecture },
        { "bzImage cut off", KernelError.Corrupt },
        { "bzImage of another size than promised", KernelError.Corrupt },
        { "bzImage of an old protocol", KernelError.NotAKernel },
        { "bzImage with a payload nowhere", KernelError.Corrupt },
        { "bzImage of something else", KernelError.NotAKernel },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_no_kernel_is_refused_and_leaves_nothing(string what, KernelError error)
    {
        byte[] file = what switch
        {
            "text" => [.. Enumerable.Repeat((byte)'x', 5000)],
            "ELF header alone" => TinyKernel.Make()[..40],
            "ELF cut off" => Image[..1000],
            "ELF that loads nothing" => Changed(Image, 64, 0),
            "ELF segment around the end of memory" => Changed(Image, 64 + 24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
            "ELF without a release" => TinyKernel.Make(banner: "Linux version %s (a@b) %s"),
            "ELF with a path for a release" => TinyKernel.Make(banner: "Linux version 6/../../escaped (a@b) #1"),
            "for another processor" => TinyKernel.Make(machine: 183),
            "bzImage cut off" => Packing.BzImage(Image, "lz4")[..2200],
            "bzImage of another size than promised" => Packing.BzImage(Image, "zstd", promisedBytes: Image.Length + 1),
            "bzImage of an old protocol" => Changed(Packing.BzImage(Image, "lz4"), 0x206, 0x04, 0x02),
            "bzImage with a payload nowhere" => Changed(Packing.BzImage(Image, "lz4"), 0x248, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
            "bzImage of something else" => Packing.BzImage([.. Enumerable.Repeat((byte)'x', 5000)], "gzip"),
            _ => [],
        };
        string path = lab["source"];
        if (what == "a directory without one")
        {
            Directory.CreateDirectory(path);
        }
        else if (what != "nothing")
        {
            lab.Write("source", file);
        }

        lab.AssertRefused(error, path);

        Assert.Empty(lab.Store.List());
        Assert.False(Path.Exists(lab["escaped"]));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("lz4")]
    public void A_packed_image_that_is_cut_off_or_damaged_is_refused(string how)
    {
        byte[] packed = Packing.BzImage(TinyKernel.Make(paddingBytes: 5000), how);
        for (int cut = packed.Length - 1; cut > 2112; cut -= 7)
        {
            // The header still promises the whole length, so that the unpacking itself has to find the hole.
            byte[] hole = [.. packed];
            hole.AsSpan(cut..).Clear();
            byte[]? image = TryExtract(hole);
            Assert.True(image is null || image.AsSpan().SequenceEqual(TinyKernel.Make(paddingBytes: 5000)), $"cut at {cut} of {packed.Length}");
            if (how == "xz")
            {
                cut -= 21; // A process each.
            }
        }
    }

    [Fact]
    public void Random_damage_is_answered_with_the_rooms_own_exception()
    {
        Random random = new(20261123);
        byte[][] sources = [Packing.BzImage(TinyKernel.Make(), "lz4"), Packing.BzImage(TinyKernel.Make(), "gzip"), Packing.BzImage(TinyKernel.Make(), "zstd"), TinyKernel.Make()];
        int survived = 0;
        for (int i = 0; i < 4000; i++)
        {
            byte[] damaged = [.. sources[i % sources.Length]];
            int where = i % 3 == 0 ? random.Next(damaged.Length) : random.Next(Math.Min(damaged.Length, 0x260));
            damaged.AsSpan(where, Math.Min(random.Next(1, 9), damaged.Length - where)).Fill((byte)random.Next(256));
            if (TryExtract(damaged) is { } image)
            {
                survived++;
                TryDescribe(image);
            }
        }

        Assert.InRange(survived, 1, 3999);
    }

    [Fact]
    public void Damaged_modules_are_answered_with_the_rooms_own_exception()
    {
        Random random = new(7);
        for (int i = 0; i < 1000; i++)
        {
            byte[] damaged = TinyModule.Make("virtio", "virtio_ring");
            damaged.AsSpan(random.Next(8, damaged.Length - 8), random.Next(1, 9)).Fill((byte)random.Next(256));
            string path = lab.Write("virtio_mmio.ko", damaged);
            Exception? failure = Record.Exception(() => ModuleFile.Read(path));
            Assert.True(failure is null or KernelException, $"{failure}");
        }
    }

    [Fact]
    public void Modules_that_need_each_other_or_what_is_nowhere_are_refused()
    {
        string circle = lab.WritePackage(Image, "6.1.0-tiny", ("a/virtio_blk.ko", TinyModule.Make("virtio")), ("a/virtio.ko", TinyModule.Make("virtio_blk")));
        Assert.Equal(KernelError.Corrupt, Assert.Throws<KernelException>(() => lab.Store.Import(circle)).Error);

        File.Delete(Path.Combine(circle, "lib/modules/6.1.0-tiny/kernel/a/virtio.ko"));
        KernelException missing = Assert.Throws<KernelException>(() => lab.Store.Import(circle));
        Assert.Equal(KernelError.ModuleMissing, missing.Error);
        Assert.Contains("virtio", missing.Message);
    }

    private static byte[]? TryExtract(byte[] file)
    {
        try
        {
            return KernelImage.Extract(file, "damaged");
        }
        catch (KernelException)
        {
            return null;
        }
    }

    private static void TryDescribe(byte[] image)
    {
        try
        {
            ElfImage elf = ElfImage.Open(image, "damaged");
            _ = elf.EndAddress();
            _ = elf.HasPvhEntry();
            _ = elf.Section(".modinfo");
        }
        catch (KernelException)
        {
            // Refused, as it should be.
        }
    }

    private static byte[] Changed(byte[] source, int offset, params byte[] bytes)
    {
        byte[] changed = [.. source];
        bytes.CopyTo(changed, offset);
        return changed;
    }
}
