using System.Globalization;
using System.Text;
using Hearth.Linux.Mounts;
using Hearth.Machines.Firecracker;
using Hearth.Machines.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>A jailed machine, by stand-ins for the jailer and for Firecracker; the mounts, the user and the directories are real.</summary>
public sealed class FirecrackerJailTests : IDisposable
{
    private static readonly MachineConfinement User = new(3_000_000 + (uint)Random.Shared.Next(65536), 3_000_000);

    private readonly FirecrackerLab lab = new();

    private string Base => lab["jails"];

    [Fact]
    public async Task A_jailed_firecracker_sees_its_files_by_short_names_and_the_host_sees_no_mount()
    {
        string scratch = lab.MakeDrive("scratch.img");
        File.SetUnixFileMode(scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using IMachine machine = await BootAsync(Base, "record=/requests", plain => plain with
        {
            Drives = [new MachineDrive("rootfs", lab.MakeDrive("root.img"), ReadOnly: true), new MachineDrive("scratch", scratch, ReadOnly: false)],
        });

        string root = RootOf(Base, machine);
        string[] requests = File.ReadAllLines(Path.Combine(root, "requests"));
        Assert.Contains("""{"kernel_image_path":"/kernel","initrd_path":"/initramfs",""", requests[2]);
        Assert.Contains("""{"drive_id":"rootfs","is_root_device":false,"path_on_host":"/drive-rootfs","is_read_only":true}""", requests[3]);
        Assert.Contains("\"/drive-scratch\"", requests[4]);
        Assert.Contains("\"uds_path\":\"/vsock.sock\"", requests[5]);
        Assert.Equal(0, new FileInfo(Path.Combine(root, "kernel")).Length);
        Assert.Equal(File.ReadAllBytes(lab["kernel"]), File.ReadAllBytes($"/proc/{machine.ProcessId}/root/kernel"));
        Assert.Equal(1024, new FileInfo($"/proc/{machine.ProcessId}/root/drive-scratch").Length);
        Assert.DoesNotContain(root, File.ReadAllText("/proc/self/mountinfo"));
        Assert.Equal($"{User.UserId}", Tool.Run("stat", "-c", "%u", scratch).Trim());
        Assert.Contains($"Uid:\t{User.UserId}\t{User.UserId}\t{User.UserId}\t{User.UserId}", File.ReadAllText($"/proc/{machine.ProcessId}/status"));
        Assert.Contains(machine.Confinement, means => means.Contains(root, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_jailer_is_told_what_it_documents_and_the_channel_leads_into_the_jail()
    {
        await using IMachine machine = await BootAsync(Base);

        Assert.Equal(
            ["--id", lab.Plain.Id, "--exec-file", lab["firecracker"], "--uid", $"{User.UserId}", "--gid", $"{User.GroupId}", "--chroot-base-dir", Base],
            File.ReadAllLines(Path.Combine(Base, JailerStandIn.ArgumentsFile))[..10]);
        Assert.Equal(["--", "--api-sock", "/firecracker.sock", "--level", "Error"], File.ReadAllLines(Path.Combine(Base, JailerStandIn.ArgumentsFile))[^5..]);
        await using Stream channel = await machine.OpenChannelAsync();
        byte[] greeting = new byte[StandIn.Greeting.Length];
        await channel.ReadExactlyAsync(greeting).AsTask().WaitAsync(Deadlines.Guest);
        Assert.Equal(StandIn.Greeting, Encoding.ASCII.GetString(greeting));
    }

    [Fact]
    public async Task A_drive_on_a_mount_without_a_place_is_seen_in_the_jail()
    {
        using MountContext context = new("tmpfs");
        context.Create();
        using SafeFileHandle mount = context.Mount(MountAttributes.None);
        string served = $"/proc/{Environment.ProcessId}/fd/{mount.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)}/served.img";
        File.WriteAllBytes(served, Encoding.ASCII.GetBytes(new string('s', 512)));
        await using IMachine machine = await BootAsync(Base, change: plain => plain with { Drives = [new MachineDrive("served", served, ReadOnly: true)] });

        Assert.Equal(new string('s', 512), File.ReadAllText($"/proc/{machine.ProcessId}/root/drive-served"));
        Assert.DoesNotContain(Base, File.ReadAllText("/proc/self/mountinfo"));
    }

    [Fact]
    public async Task A_drive_by_its_descriptor_is_seen_in_the_jail_as_long_as_it_has_a_name()
    {
        string path = lab.MakeDrive("held.img");
        byte[] content = File.ReadAllBytes(path);
        using FileStream held = File.OpenRead(path);
        string byDescriptor = $"/proc/{Environment.ProcessId}/fd/{held.SafeFileHandle.DangerousGetHandle().ToString(CultureInfo.InvariantCulture)}";
        Func<MachineConfiguration, MachineConfiguration> withHeld = plain => plain with { Drives = [new MachineDrive("held", byDescriptor, ReadOnly: true)] };
        await using (IMachine machine = await BootAsync(Base, change: withHeld))
        {
            Assert.Equal(content, File.ReadAllBytes($"/proc/{machine.ProcessId}/root/drive-held"));
        }

        File.Delete(path);
        MachineException refusal = await Assert.ThrowsAsync<MachineException>(() => BootAsync(Base, change: withHeld));
        Assert.Contains("no name any more", refusal.Message);
    }

    [Fact]
    public async Task A_block_device_has_a_node_of_the_users_in_the_jail()
    {
        string path = lab.MakeDrive("behind-a-loop.img");
        string device = Tool.Run("losetup", "--find", "--show", "--read-only", path).Trim();
        try
        {
            string owner = Tool.Run("stat", "-c", "%u", device);
            await using IMachine machine = await BootAsync(Base, change: plain => plain with { Drives = [new MachineDrive("loop", device, ReadOnly: true)] });

            string node = Path.Combine(RootOf(Base, machine), "drive-loop");
            Assert.Equal($"block special file {User.UserId} 400 {Tool.Run("stat", "-c", "%t:%T", device)}", Tool.Run("stat", "-c", "%F %u %a %t:%T", node));
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(node));
            Assert.Equal(owner, Tool.Run("stat", "-c", "%u", device));
        }
        finally
        {
            Tool.Run("losetup", "--detach", device);
        }
    }

    [Fact]
    public async Task Nothing_is_left_of_a_jail_whose_path_is_longer_than_a_sockets_address()
    {
        string deep = Path.Combine(Base, new string('a', 100), new string('b', 100));
        Directory.CreateDirectory(deep);
        await using (IMachine machine = await BootAsync(deep))
        {
            Assert.True(Directory.Exists(RootOf(deep, machine)));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(deep, "firecracker")));
    }

    [Fact]
    public async Task A_jailer_that_fails_is_told_with_its_words_and_leaves_no_jail()
    {
        File.WriteAllText(lab["jailer"], "#!/bin/sh\necho Failed to pivot root: Invalid argument >&2\nexit 1\n");
        File.SetUnixFileMode(lab["jailer"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string firecracker = StandIn.Write(lab["firecracker"], "");
        MachineException failure;
        await using (IMachine machine = DriverOf(firecracker, Base).Configure(lab.Plain with { Confinement = User }))
        {
            failure = await Assert.ThrowsAsync<MachineException>(() => machine.BootAsync().WaitAsync(Deadlines.Guest));
        }

        Assert.Contains("Failed to pivot root", failure.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Base, "firecracker")));
    }

    [Fact]
    public void Without_a_jailer_the_next_step_is_told()
    {
        string firecracker = StandIn.Write(lab["firecracker"], "");

        MachineException refusal = Assert.Throws<MachineException>(() => FirecrackerLab.Driver(
            firecracker, new FirecrackerOptions { Jail = new FirecrackerJailOptions { Program = lab["nowhere"] } }).Configure(lab.Plain with { Confinement = User }));

        Assert.Equal(MachineError.VmmMissing, refusal.Error);
        Assert.Contains(lab["nowhere"], refusal.Message);
        Assert.Contains("--no-jailer", refusal.Message);
    }

    [Theory]
    [InlineData("noexec")]
    [InlineData("nodev")]
    public void A_base_that_cannot_hold_jails_is_refused(string flag)
    {
        JailerStandIn.Write(lab["jailer"]);
        string firecracker = StandIn.Write(lab["firecracker"], "");
        Directory.CreateDirectory(Base);
        Tool.Run("mount", "-t", "tmpfs", "-o", $"size=64k,{flag}", "jails", Base);
        try
        {
            MachineException refusal = Assert.Throws<MachineException>(
                () => DriverOf(firecracker, Path.Combine(Base, "deeper")).Configure(lab.Plain with { Confinement = User }));

            Assert.Contains($"{Base} is mounted {flag}", refusal.Message);
        }
        finally
        {
            Tool.Run("umount", Base);
        }
    }

    [Fact]
    public async Task A_base_on_another_file_system_than_the_drives_makes_no_difference()
    {
        Directory.CreateDirectory(Base);
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=16m", "jails", Base);
        try
        {
            await using IMachine machine = await BootAsync(Base, change: plain => plain with
            {
                Drives = [new MachineDrive("rootfs", lab.MakeDrive("root.img"), ReadOnly: true)],
            });

            Assert.Equal(1024, new FileInfo($"/proc/{machine.ProcessId}/root/drive-rootfs").Length);
        }
        finally
        {
            Tool.Run("umount", Base);
        }
    }

    [Fact]
    public async Task A_drive_that_the_user_may_not_read_is_named()
    {
        string drive = lab.MakeDrive("secret.img");
        File.SetUnixFileMode(drive, UnixFileMode.UserRead);

        MachineException failure = await Assert.ThrowsAsync<MachineException>(
            () => BootAsync(Base, change: plain => plain with { Drives = [new MachineDrive("secret", drive, ReadOnly: true)] }));

        Assert.Contains(drive, failure.Message);
        Assert.Contains("chmod", failure.Message);
    }

    public void Dispose() => lab.Dispose();

    private static string RootOf(string jails, IMachine machine) => Path.Combine(jails, "firecracker", machine.Configuration.Id, "root");

    private async Task<IMachine> BootAsync(string jails, string behaviour = "", Func<MachineConfiguration, MachineConfiguration>? change = null)
    {
        JailerStandIn.Write(lab["jailer"]);
        MachineConfiguration confined = lab.Plain with { Confinement = User };
        IMachine machine = DriverOf(StandIn.Write(lab["firecracker"], behaviour), jails).Configure(change is null ? confined : change(confined));
        try
        {
            await machine.BootAsync().WaitAsync(Deadlines.Guest);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    private FirecrackerDriver DriverOf(string firecracker, string jails) => FirecrackerLab.Driver(
        firecracker, new FirecrackerOptions { Jail = new FirecrackerJailOptions { Program = lab["jailer"], BaseDirectory = jails } });
}
