using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;
using Hearth.Machines;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>The container's / and what init adds to it: owners, modes, mount points of roots that lack them.</summary>
public sealed class RootTests(GuestParts parts)
{
    /// <summary>What the root of the tests' odd image has, as <c>stat</c> and <c>getfattr</c> of the guest print it.</summary>
    private const string OddRoot = "751 12:34 1000000000";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_root_has_the_attributes_of_the_images_root(bool isReadOnly)
    {
        await using TestGuest guest = await BootOddAsync();
        await guest.ConfigureAsync(configuration => configuration with { Root = TestGuest.WritableRoot with { ReadOnly = isReadOnly } });

        Assert.Equal(OddRoot, await guest.ShellAsync("stat -c '%a %u:%g %Y' /"));
        Assert.Equal("1", (await guest.RunAsync(["sh", "-c", "mv /etc /owned 2>/dev/null; echo $?"], request => request with { User = "1000:1000" })).OutputText.TrimEnd());
    }

    [Fact]
    public async Task The_root_on_a_scratch_drive_has_them_too_and_keeps_what_the_container_makes_of_them()
    {
        string scratch = MakeDisk("scratch");
        await using (TestGuest guest = await BootOddAsync(new MachineDrive("scratch", scratch, ReadOnly: false)))
        {
            await guest.ConfigureAsync(TestGuest.WritableRoot with { UpperDrive = "vdb" });
            Assert.Equal(OddRoot, await guest.ShellAsync("stat -c '%a %u:%g %Y' /"));
            await guest.ShellAsync("chmod 711 /; chown 56 /");
            await guest.SendAsync(new ShutDownGuest());
            await guest.Machine.Exited.InTime();
        }

        await using TestGuest again = await BootOddAsync(new MachineDrive("scratch", scratch, ReadOnly: false));
        await again.ConfigureAsync(TestGuest.WritableRoot with { UpperDrive = "vdb" });
        Assert.Equal("711 56:34", await again.ShellAsync("stat -c '%a %u:%g' /"));
    }

    /// <summary>The start that a crash cut short before the writable layer was whole.</summary>
    [Fact]
    public async Task A_writable_layer_that_was_left_unfinished_is_finished()
    {
        string scratch = MakeDisk("unfinished");
        Tool.Run("/", "debugfs", "-w", "-R", "mkdir /upper.new", scratch);
        await using TestGuest guest = await BootOddAsync(new MachineDrive("scratch", scratch, ReadOnly: false));
        await guest.ConfigureAsync(TestGuest.WritableRoot with { UpperDrive = "vdb" });
        Assert.Equal(OddRoot, await guest.ShellAsync("stat -c '%a %u:%g %Y' /"));
    }

    /// <summary>As docker has them: only root may write what init makes.</summary>
    [Fact]
    public async Task What_init_makes_has_dockers_owners_and_modes()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.ConfigureAsync(configuration => configuration with
        {
            WorkingDirectory = "/made/on/the way",
            Mounts = [new GuestMount("/new/place", "tmpfs", "tmpfs", []), new GuestMount("/cache", "tmpfs", "tmpfs", ["mode=711"])],
        });

        Assert.Equal(
            """
            644 0:0 /etc/hosts
            644 0:0 /etc/hostname
            755 0:0 /dev
            666 0:0 /dev/null
            666 0:0 /dev/tty
            1777 0:0 /dev/shm
            755 0:0 /dev/pts
            755 0:0 /made
            755 0:0 /made/on/the way
            755 0:0 /new
            1777 0:0 /new/place
            711 0:0 /cache
            """,
            await guest.ShellAsync(
                "stat -c '%a %u:%g %n' /etc/hosts /etc/hostname /dev /dev/null /dev/tty /dev/shm /dev/pts /made '/made/on/the way' /new /new/place /cache"));
        Assert.Equal("", await guest.ShellAsync("find / -xdev ! -type l -perm -2 ! -perm -1000 ! -path '/proc/*' ! -path '/sys/*'"));
        Assert.Equal("", await guest.ShellAsync("find /dev ! -type l ! -type c -perm -2 ! -perm -1000"));
    }

    [Fact]
    public async Task A_read_only_root_that_lacks_every_mount_point_gets_them_and_nothing_else()
    {
        await using TestGuest guest = await BootAsync(MakeImage("bare", "rm -rf etc proc sys dev tmp run var cache"));
        await guest.ConfigureAsync(configuration => configuration with
        {
            Root = TestGuest.WritableRoot with { ReadOnly = true },
            WorkingDirectory = "/work",
            Mounts = [new GuestMount("/deep/in/it", "tmpfs", "tmpfs", [])],
        });

        Assert.Equal("testling", await guest.ShellAsync("cat /etc/hostname; test -r /proc/self/status && test -d /sys/kernel && echo x >/deep/in/it/file"));
        Assert.NotEqual(0, (await guest.RunAsync(["touch", "/work/new"])).ExitCode);
        Assert.NotEqual(0, (await guest.RunAsync(["rm", "/bin/ls"])).ExitCode);
        Assert.Equal("", await guest.ShellAsync("ls /work"));
    }

    /// <summary>As runc does: the mode of the directory beneath, and its content only where that is asked for.</summary>
    [Fact]
    public async Task A_tmpfs_takes_the_mode_of_its_place_and_its_content_when_asked()
    {
        await using TestGuest guest = await BootAsync(MakeImage("filled", "mkdir -p full/sub && echo text >full/sub/file && chown 5:6 full/sub/file && chmod 4751 full/sub/file && ln -s sub full/link && chmod 1771 full && chown 7:8 full"));
        await guest.ConfigureAsync(configuration => configuration with
        {
            Mounts =
            [
                new GuestMount("/full", "tmpfs", "tmpfs", ["rprivate", "nosuid", "tmpcopyup"]),
                new GuestMount("/home", "tmpfs", "tmpfs", ["mode=700"]),
            ],
        });

        Assert.Equal("1771 700", await guest.ShellAsync("echo $(stat -c %a /full /home)"));
        Assert.Equal("4751 5:6 text sub", await guest.ShellAsync("echo $(stat -c '%a %u:%g' /full/sub/file) $(cat /full/sub/file) $(readlink /full/link)"));
        Assert.Equal("", await guest.ShellAsync("ls /home"));
        Assert.Contains("nosuid", await guest.ShellAsync("grep ' /full ' /proc/mounts"));
    }

    [Fact]
    public async Task A_read_only_tmpfs_is_filled_before()
    {
        await using TestGuest guest = await BootAsync(MakeImage("kept", "mkdir full && echo text >full/file"));
        await guest.ConfigureAsync(configuration => configuration with { Mounts = [new GuestMount("/full", "tmpfs", "tmpfs", ["ro", "tmpcopyup"])] });

        Assert.Equal("text", await guest.ShellAsync("cat /full/file"));
        Assert.NotEqual(0, (await guest.RunAsync(["touch", "/full/new"])).ExitCode);
    }

    [Fact]
    public async Task A_tmpfs_that_is_too_small_for_what_it_is_to_hold_is_refused_with_the_remedy()
    {
        await using TestGuest guest = await BootAsync(MakeImage("large", "mkdir full && head -c 300000 /dev/zero >full/file"));
        await guest.SendAsync(new ConfigureGuest
        {
            Hostname = "x", Root = TestGuest.WritableRoot, Mounts = [new GuestMount("/full", "tmpfs", "tmpfs", ["tmpcopyup", "size=64k"])],
        });
        Assert.Contains("give it a larger size", await guest.NextFailureAsync());
    }

    [Fact]
    public async Task Attributes_that_the_layer_in_memory_would_lose_are_reported_where_the_image_has_some()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        GuestConfigured configured = await guest.ConfigureAsync(configuration => configuration with { Root = TestGuest.WritableRoot with { HasUserAttributes = true } });

        bool isKept = Version.Parse((await guest.Hello).KernelRelease.Split('-')[0]) >= new Version(6, 6);
        Assert.Equal(isKept ? 0 : 1, configured.Warnings.Count(warning => warning.Contains("user.*", StringComparison.Ordinal)));
    }

    private async Task<TestGuest> BootOddAsync(params MachineDrive[] furtherDrives) =>
        await BootAsync(MakeImage("odd", "chown 12:34 .; chmod 751 .; touch -d @1000000000 ."), furtherDrives);

    private Task<TestGuest> BootAsync(string image, params MachineDrive[] furtherDrives) => TestGuest.BootFromAsync(parts, image, furtherDrives);

    private string MakeDisk(string name)
    {
        string disk = parts[$"{name}-{Guid.NewGuid():n}.img"];
        using (FileStream file = File.Create(disk))
        {
            file.SetLength(16 << 20);
        }

        Tool.Run("/", "mkfs.ext4", "-q", disk);
        return disk;
    }

    /// <summary>A SquashFS of the tests' root after a change to it.</summary>
    private string MakeImage(string name, string change)
    {
        string tree = parts[$"{name}-{Guid.NewGuid():n}"];
        Tool.Run("/", "unsquashfs", "-quiet", "-no-progress", "-d", tree, parts.RootDrive);
        Tool.Run(tree, "sh", "-c", change);
        Tool.Run(tree, "mksquashfs", tree, tree + ".img", "-noappend", "-no-progress", "-quiet");
        Directory.Delete(tree, recursive: true);
        return tree + ".img";
    }
}
