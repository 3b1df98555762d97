using System.Text;
using Hearth.Linux.Mounts;
using Hearth.Tar.Layers;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar.Tests;

/// <summary>Changes of a real overlay mount as a layer, unpacked over a copy of its lower directory: both trees are then equal.</summary>
public sealed class LayerTests : IDisposable
{
    private const string Describe =
        """
        find . -printf '%p %M %U:%G %s %T@ %l\n' | sed 's/^\([^ ]* d[^ ]* [^ ]*\) [0-9]*/\1/' | sort
        find . -type f -print0 | sort -z | xargs -0 sha256sum
        find . -type f -links +1 -printf '%p %n\n' | sort
        find . \( -type c -o -type b \) -print0 | sort -z | xargs -0 stat -c '%n %t %T'
        getfattr -hd -m 'user\|security.capability\|posix_acl' -R . 2>/dev/null | sort
        """;

    private const string Lower =
        """
        mkdir -p etc/app usr/bin gone/deep replaced keep/a emptied
        echo one > etc/app/conf; echo two > etc/hosts; echo three > usr/bin/tool; chmod 755 usr/bin/tool
        echo x > gone/deep/file; echo x > replaced/old; echo x > replaced/same; echo k > keep/a/b; echo f > file; ln -s file link
        echo e > emptied/one; echo e > emptied/two; echo d > turned; mkdir turned.d; echo d > turned.d/in
        find . -exec touch -h -d '2020-02-02 02:02:02' {} +
        """;

    private const string Changes =
        """
        echo more >> etc/app/conf
        rm usr/bin/tool
        rm -r gone
        rm -r replaced; mkdir replaced; echo new > replaced/new; echo same > replaced/same
        rm turned; mkdir turned; echo t > turned/file
        rm -r turned.d; echo t > turned.d
        mkdir -p new/deep; echo n > new/deep/file; ln new/deep/file new/hard; ln -s ../file new/link; mkfifo new/pipe; mknod new/null c 1 3
        chmod 4755 file; setfattr -n user.one -v two file
        truncate -s 3M new/sparse; printf z >> new/sparse
        chown 7:8 keep/a
        rm emptied/*
        touch $'new/ \n\377name'
        mkdir -p mnt/point
        """;

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-layer-tests-").FullName;

    public LayerTests()
    {
        FileSystems.Mount("tmpfs", directory, "tmpfs", MountFlags.None, null);
        Tool.Run(directory, "mkdir", "lower", "upper", "work", "merged", "applied");
        Tool.Run(At("lower"), "bash", "-ec", Lower);
        FileSystems.Mount("overlay", At("merged"), "overlay", MountFlags.None, $"lowerdir={At("lower")},upperdir={At("upper")},workdir={At("work")}");
    }

    public void Dispose()
    {
        FileSystems.Unmount(At("merged"), UnmountFlags.Detach);
        FileSystems.Unmount(directory, UnmountFlags.Detach);
        Directory.Delete(directory);
    }

    [Fact]
    public void A_layer_over_the_lower_tree_makes_the_merged_tree()
    {
        Tool.Run(At("merged"), "bash", "-ec", Changes);
        byte[] layer = Pack();
        Tool.Run(directory, "cp", "-a", "lower/.", "applied");
        Assert.Empty(Apply(layer));
        Assert.Equal(Tool.Run(At("merged"), "bash", "-c", Describe), Tool.Run(At("applied"), "bash", "-c", Describe));

        // The same changes are the same bytes, and applying them again changes nothing.
        Assert.Equal(layer, Pack());
        Apply(layer);
        Assert.Equal(Tool.Run(At("merged"), "bash", "-c", Describe), Tool.Run(At("applied"), "bash", "-c", Describe));
    }

    [Fact]
    public void Changes_are_listed_as_docker_lists_them()
    {
        Assert.Equal([], List());
        Tool.Run(
            At("merged"), "bash", "-ec",
            "echo more >> etc/app/conf; rm usr/bin/tool; rm -r replaced; mkdir replaced; echo s > replaced/same; mkdir -p new/deep; touch new/deep/file; rm -r gone; chmod 700 keep; mkdir proc; rm etc/hosts; touch etc/hostname");
        Assert.Equal(
            [
                "C /etc", "C /etc/app", "C /etc/app/conf", "D /etc/hosts", "D /gone", "C /keep", "A /new", "A /new/deep", "A /new/deep/file",
                "C /replaced", "D /replaced/old", "C /replaced/same", "C /usr", "C /usr/bin", "D /usr/bin/tool",
            ],
            List("/proc", "/etc/hostname"));
    }

    [Fact]
    public void Mount_points_of_the_caller_and_the_times_that_they_change_are_no_changes()
    {
        Tool.Run(At("merged"), "bash", "-ec", "mkdir proc; touch etc/hostname etc/resolv.conf");
        string[] own = ["/proc", "/etc/hostname", "/etc/resolv.conf"];
        Assert.Equal([], List(own));
        Assert.Equal(1024, Pack(own).Length);
    }

    /// <summary>A file with holes at its beginning, in its middle and at its end, one of holes only, and GNU tar as the judge.</summary>
    [Fact]
    public void Holes_are_not_stored_and_come_back()
    {
        Tool.Run(At("merged"), "bash", "-ec", "truncate -s 3G empty; truncate -s 1G holes; for at in 100 2000 30000; do printf data | dd of=holes bs=4k seek=$at conv=notrunc status=none; done");
        byte[] layer = Pack();
        Assert.InRange(layer.Length, 4096, 100_000);
        Assert.Empty(Apply(layer));
        foreach (string name in (string[])["empty", "holes"])
        {
            Tool.Run(directory, "cmp", $"merged/{name}", $"applied/{name}");
            Assert.InRange(long.Parse(Tool.Run(At("applied"), "stat", "-c", "%b", name)), 0, 200);
        }

        File.WriteAllBytes(At("layer.tar"), layer);
        Tool.Run(directory, "mkdir", "judge");
        Tool.Run(At("judge"), "tar", "-xf", "../layer.tar");
        Tool.Run(directory, "cmp", "merged/holes", "judge/holes");
        Tool.Run(directory, "cmp", "merged/empty", "judge/empty");
    }

    [Fact]
    public void A_layer_never_leaves_its_directory()
    {
        Tool.Run(directory, "bash", "-ec", "mkdir outside; echo s > outside/secret; ln -s ../outside applied/way");
        using MemoryStream stream = new();
        TarWriter archive = new(stream);
        archive.Begin(new TarEntry { Type = TarEntryType.File, Name = "way/.wh.secret"u8.ToArray(), Mode = 0, UserId = 0, GroupId = 0, Modified = default });
        archive.End();
        Assert.Throws<ArchiveException>(() => Apply(stream.ToArray()));
        Assert.True(File.Exists(At("outside/secret")));

        // A directory in the layer replaces the link.
        stream.SetLength(0);
        archive = new(stream);
        archive.Begin(new TarEntry { Type = TarEntryType.Directory, Name = "way/"u8.ToArray(), Mode = 0x1ed, UserId = 0, GroupId = 0, Modified = default });
        archive.Begin(new TarEntry { Type = TarEntryType.File, Name = "way/.wh..wh..opq"u8.ToArray(), Mode = 0, UserId = 0, GroupId = 0, Modified = default });
        archive.End();
        Apply(stream.ToArray());
        Assert.True(File.Exists(At("outside/secret")));
        Assert.Equal(FileAttributes.Directory, File.GetAttributes(At("applied/way")));
    }

    private string At(string name) => Path.Combine(directory, name);

    private byte[] Pack(params string[] own)
    {
        using SafeFileHandle upper = RootedPaths.Hold(At("upper"));
        using SafeFileHandle lower = RootedPaths.Hold(At("lower"));
        using MemoryStream stream = new();
        LayerWalk.Pack(upper, lower, own, new TarWriter(stream), new ArchiveWarnings());
        return stream.ToArray();
    }

    private string[] List(params string[] own)
    {
        using SafeFileHandle upper = RootedPaths.Hold(At("upper"));
        using SafeFileHandle lower = RootedPaths.Hold(At("lower"));
        using MemoryStream stream = new();
        LayerWalk.List(upper, lower, own, stream);
        return [.. Encoding.UTF8.GetString(stream.ToArray()).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => $"{line[0]} {line[1..]}")];
    }

    private IReadOnlyList<string> Apply(byte[] layer)
    {
        ArchiveWarnings warnings = new();
        using SafeFileHandle target = RootedPaths.Hold(At("applied"));
        using ArchiveUnpacking unpacking = new(target, new UnpackingOptions { IsLayer = true }, warnings);
        unpacking.Unpack(new TarReader(new MemoryStream(layer)));
        return warnings.All;
    }
}
