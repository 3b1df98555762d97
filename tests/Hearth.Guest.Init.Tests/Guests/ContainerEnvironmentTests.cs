using System.Text;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;
using Hearth.Machines;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Roots, mounts, and the ways in which a guest as a whole ends.</summary>
public sealed class ContainerEnvironmentTests(GuestParts parts)
{
    [Fact]
    public async Task A_read_only_root_refuses_writes_where_programs_do_not_need_them()
    {
        await using TestGuest guest = await TestGuest.BootAsync(
            parts,
            TestGuest.WritableRoot with { ReadOnly = true },
            new GuestMount("/tmp", "tmpfs", "tmpfs", ["mode=1777"]),
            new GuestMount("/var/tmp", "tmpfs", "tmpfs", ["mode=1777"]),
            new GuestMount("/run", "tmpfs", "tmpfs", ["mode=755"]),
            new GuestMount("/cache", "tmpfs", "tmpfs", ["size=1m", "mode=1777", "noexec"]));

        ProcessResult refused = await guest.RunAsync(["touch", "/etc/new"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Read-only file system", refused.ErrorText);
        await guest.ShellAsync("touch /tmp/a /var/tmp/a /run/a /dev/shm/a /cache/a");
        Assert.Equal("squashfs", await guest.ShellAsync("awk '$2 == \"/\" { print $3 }' /proc/mounts"));

        Assert.NotEqual(0, (await guest.RunAsync(["sh", "-c", "head -c 2000000 /dev/zero >/cache/large"])).ExitCode);
        Assert.Equal("1048576", await guest.ShellAsync("stat -c %s /cache/large"));
        Assert.Equal(126, (await guest.RunAsync(["sh", "-c", "rm /cache/large; echo '#!/bin/sh' >/cache/script; chmod 755 /cache/script; /cache/script"])).ExitCode);
    }

    [Fact]
    public async Task A_tmpfs_upper_layer_has_its_limit()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot with { UpperSizeInBytes = 1 << 20 });

        Assert.NotEqual(0, (await guest.RunAsync(["sh", "-c", "head -c 2000000 /dev/zero >/large"])).ExitCode);

        Assert.InRange(int.Parse(await guest.ShellAsync("stat -c %s /large")), 1, 1 << 20);
    }

    [Fact]
    public async Task A_scratch_drive_keeps_what_was_written_for_the_next_start()
    {
        string scratch = parts[$"scratch-{Guid.NewGuid():n}.img"];
        using (FileStream file = File.Create(scratch))
        {
            file.SetLength(16 << 20);
        }

        Tool.Run("/", "mkfs.ext4", "-q", scratch);
        RootConfiguration root = TestGuest.WritableRoot with { UpperDrive = "vdb" };
        await using (TestGuest guest = await TestGuest.BootAsync(parts, new MachineDrive("scratch", scratch, ReadOnly: false)))
        {
            await guest.ConfigureAsync(root);
            await guest.ShellAsync("echo kept >/kept; rm /bin/no-format");
            await guest.SendAsync(new ShutDownGuest());
            Assert.Equal(MachineExitKind.PoweredOff, (await guest.Machine.Exited.InTime()).Kind);
        }

        Assert.Equal("kept\n", Tool.Run("/", "debugfs", "-R", "cat /upper/kept", scratch));
        Tool.Run("/", "e2fsck", "-fn", scratch);

        await using TestGuest again = await TestGuest.BootAsync(parts, new MachineDrive("scratch", scratch, ReadOnly: false));
        await again.ConfigureAsync(root);
        Assert.Equal("kept", await again.ShellAsync("[ -e /bin/no-format ] || cat /kept"));
    }

    /// <summary>The initramfs of these tests brings no module for it, and the kernel has it as a module alone.</summary>
    [Fact]
    public async Task A_kernel_without_FUSE_is_told_by_the_option_that_it_lacks()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.Hello.InTime();
        GuestMount share = new("/cache", "fuse", "hearth", []) { Share = new GuestShare(1, IsFile: false, 1 << 20) };
        await guest.SendAsync(new ConfigureGuest { Hostname = "x", Root = TestGuest.WritableRoot, Mounts = [share] });
        Assert.Contains("has no FUSE (CONFIG_FUSE_FS, module fuse)", await guest.NextFailureAsync());
    }

    [Fact]
    public async Task A_volumes_data_is_a_copy_of_what_the_root_has_and_is_left_clean()
    {
        string disk = parts[$"volume-{Guid.NewGuid():n}.img"];
        using (FileStream file = File.Create(disk))
        {
            file.SetLength(32 << 20);
        }

        Tool.Run("/", "mkfs.ext4", "-q", disk);
        GuestMount volume = new("/etc", "ext4", "/dev/vdb", []) { IsVolume = true };
        await using (TestGuest guest = await TestGuest.BootAsync(parts, new MachineDrive("volume0", disk, ReadOnly: false)))
        {
            await guest.ConfigureAsync(TestGuest.WritableRoot, volume);
            Assert.Equal("group\nhostname\nhosts\npasswd", await guest.ShellAsync("rm /etc/not-executable; ls /etc; echo more >>/etc/passwd; ln -s passwd /etc/link; mkfifo /etc/fifo"));
            await guest.SendAsync(new ShutDownGuest());
            Assert.Equal(MachineExitKind.PoweredOff, (await guest.Machine.Exited.InTime()).Kind);
        }

        Tool.Run("/", "e2fsck", "-fn", disk);
        Assert.EndsWith("more\n", Tool.Run("/", "debugfs", "-R", "cat /data/passwd", disk));
    }

    [Fact]
    public async Task A_root_that_cannot_be_mounted_is_told_and_the_guest_can_still_be_ended()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        GuestHello hello = await guest.Hello.InTime();
        Assert.Equal(Hearth.Guest.Protocol.GuestProtocol.Version, hello.ProtocolVersion);
        Assert.StartsWith("6.", hello.KernelRelease);
        Assert.Contains("modules", hello.Phases.Select(phase => phase.Name));

        await guest.SendAsync(new ConfigureGuest { Hostname = "x", Root = TestGuest.WritableRoot with { LowerFileSystem = "ext4" } });
        Assert.Contains("mount", await guest.NextFailureAsync());

        await guest.SendAsync(new StartProcess { ProcessId = "too-early", Arguments = ["true"] });
        await guest.SendAsync(new ShutDownGuest());
        Assert.Equal(MachineExitKind.PoweredOff, (await guest.Machine.Exited.InTime()).Kind);
    }

    [Fact]
    public async Task A_mount_onto_a_link_stays_in_the_root_and_an_impossible_one_is_told()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);

        await guest.SendAsync(new ConfigureGuest
        {
            Hostname = "x",
            Root = TestGuest.WritableRoot,
            Mounts = [new GuestMount("/../../deep/../new", "tmpfs", "tmpfs", []), new GuestMount("/etc/passwd/below", "tmpfs", "tmpfs", [])],
        });

        Assert.Contains("/etc/passwd", await guest.NextFailureAsync());
    }

    [Fact]
    public async Task A_shutdown_ends_what_runs_and_the_machine()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess deaf = await guest.StartAsync(["sh", "-c", "trap '' TERM; sleep 1000 & echo up; sleep 1000"]);
        await deaf.ReadUntilAsync("up");

        await guest.SendAsync(new ShutDownGuest());

        Assert.Equal(9, Assert.IsType<ProcessExited>(await deaf.Ended.InTime()).Signal);
        MachineExit exit = await guest.Machine.Exited.InTime();
        Assert.Equal((MachineExitKind.PoweredOff, 0), (exit.Kind, exit.ExitStatus));
    }

    [Fact]
    public async Task The_kernel_passes_its_keys_on_instead_of_restarting_with_everything_unwritten()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);

        Assert.Equal("0", await guest.ShellAsync("cat /proc/sys/kernel/ctrl-alt-del"));
    }

    [Fact]
    public async Task A_host_that_goes_away_ends_the_guest()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess process = await guest.StartAsync(["sleep", "1000"]);
        await process.Started.InTime();

        await guest.Channel.DisposeAsync();

        Assert.Equal(MachineExitKind.PoweredOff, (await guest.Machine.Exited.InTime()).Kind);
    }

    [Fact]
    public async Task A_peer_that_speaks_something_else_ends_the_guest_with_a_word_on_the_console()
    {
        await using IMachine machine = parts.Configure("init-garbage", [new MachineDrive("root", parts.RootDrive, ReadOnly: true)], [], null);
        await machine.BootAsync().InTime();
        await using Stream transport = await machine.OpenChannelAsync();

        await transport.WriteAsync(Encoding.UTF8.GetBytes("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n" + new string('x', 4096))).InTime();

        MachineExit exit = await machine.Exited.InTime();
        Assert.Equal(MachineExitKind.PoweredOff, exit.Kind);
        Assert.Contains(exit.ConsoleTail, line => line.Contains("the guest cannot continue", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_channel_of_an_unknown_kind_is_told_on_the_console()
    {
        await using IMachine machine = parts.Configure("init-channel", [], ["hearth.channel=pigeon"], null);
        await machine.BootAsync().InTime();

        MachineExit exit = await machine.Exited.InTime();

        Assert.Equal(MachineExitKind.PoweredOff, exit.Kind);
        Assert.Contains(exit.ConsoleTail, line => line.Contains("hearth.channel=pigeon: unknown", StringComparison.Ordinal));
    }
}
