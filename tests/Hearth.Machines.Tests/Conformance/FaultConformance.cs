using System.Globalization;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>What goes wrong: configurations that cannot work, kernels that do not boot, processes that die.</summary>
public abstract class FaultConformance<TDriver>(GuestImages images) : MachineConformance<TDriver>(images)
    where TDriver : DriverUnderTest, new()
{
    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("odd")]
    [InlineData("directory")]
    public void A_drive_that_cannot_be_one_is_refused_by_its_path(string what)
    {
        string path = Lab["drive.img"];
        switch (what)
        {
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "odd":
                File.WriteAllBytes(path, new byte[700]);
                break;
            case "directory":
                Directory.CreateDirectory(path);
                break;
        }

        MachineException refusal = Assert.Throws<MachineException>(
            () => Lab.Configure(plain => plain with { Drives = [new MachineDrive("bad", path, ReadOnly: true)] }));

        Assert.Equal(MachineError.InvalidConfiguration, refusal.Error);
        Assert.Contains(path, refusal.Message);
    }

    [Theory]
    [InlineData("no processor", MachineError.InvalidConfiguration)]
    [InlineData("too many processors", MachineError.InvalidConfiguration)]
    [InlineData("no memory", MachineError.InvalidConfiguration)]
    [InlineData("too little memory", MachineError.MemoryTooSmall)]
    [InlineData("a foreign id", MachineError.InvalidConfiguration)]
    [InlineData("no run directory", MachineError.InvalidConfiguration)]
    [InlineData("no kernel", MachineError.InvalidConfiguration)]
    [InlineData("no initramfs", MachineError.InvalidConfiguration)]
    [InlineData("a kernel that is none", MachineError.InvalidConfiguration)]
    [InlineData("a kernel cut off", MachineError.InvalidConfiguration)]
    [InlineData("two drives of one name", MachineError.InvalidConfiguration)]
    [InlineData("a console log nowhere", MachineError.InvalidConfiguration)]
    [InlineData("too many drives", MachineError.TooManyDevices)]
    public void A_configuration_that_cannot_work_is_refused_before_anything_starts(string what, MachineError error)
    {
        string drive = Lab.MakeDrive("drive.img", 8, seed: 1);
        File.WriteAllText(Lab["not-a-kernel"], "#!/bin/sh\n");
        File.WriteAllBytes(Lab["cut-off"], File.ReadAllBytes(Lab.Plain.KernelPath)[..100_000]);
        MachineException refusal = Assert.Throws<MachineException>(() => Lab.Configure(plain => what switch
        {
            "no processor" => plain with { VirtualCpus = 0 },
            "too many processors" => plain with { VirtualCpus = 33 },
            "no memory" => plain with { MemoryInMiB = 0 },
            "too little memory" => plain with { MemoryInMiB = 16 },
            "a foreign id" => plain with { Id = "a,b" },
            "no run directory" => plain with { RunDirectory = Lab["nowhere"] },
            "no kernel" => plain with { KernelPath = Lab["nowhere"] },
            "no initramfs" => plain with { InitramfsPath = Lab["nowhere"] },
            "a kernel that is none" => plain with { KernelPath = Lab["not-a-kernel"] },
            "a kernel cut off" => plain with { KernelPath = Lab["cut-off"] },
            "two drives of one name" => plain with { Drives = [new MachineDrive("a", drive, true), new MachineDrive("a", drive, true)] },
            "a console log nowhere" => plain with { ConsoleLogPath = Lab["nowhere/console.log"] },
            "too many drives" => plain with { Drives = [.. Enumerable.Range(0, 100).Select(number => new MachineDrive($"d{number}", drive, true))] },
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        }));

        Assert.Equal(error, refusal.Error);
        Assert.Empty(HostProcesses.Find(Lab.Plain.Id));
    }

    [Theory]
    [InlineData("", "tap0", "020000000001", "'' is not a network interface id")]
    [InlineData("a-b", "tap0", "020000000001", "'a-b' is not a network interface id")]
    [InlineData("0a", "tap0", "020000000001", "'0a' is not a network interface id")]
    [InlineData("_a", "tap0", "020000000001", "'_a' is not a network interface id")]
    [InlineData("drive", "tap0", "020000000001", "'drive' has the id of a drive")]
    [InlineData("first", "tap0", "020000000001", "'first' has the id of a drive or another network interface")]
    [InlineData("eth", "tap9", "020000000001", "two network interfaces use the same tap")]
    [InlineData("eth", "", "020000000001", "'' is not the name of a tap")]
    [InlineData("eth", "sixteen-letters-", "020000000001", "'sixteen-letters-' is not the name of a tap")]
    [InlineData("eth", "a/b", "020000000001", "'a/b' is not the name of a tap")]
    [InlineData("eth", "a,b", "020000000001", "'a,b' is not the name of a tap")]
    [InlineData("eth", "a b", "020000000001", "'a b' is not the name of a tap")]
    [InlineData("eth", "tap%d", "020000000001", "'tap%d' is not the name of a tap")]
    [InlineData("eth", "täp", "020000000001", "'täp' is not the name of a tap")]
    [InlineData("eth", "..", "020000000001", "'..' is not the name of a tap")]
    [InlineData("eth", "tap0", "0200000000", "a hardware address of 5 bytes")]
    [InlineData("eth", "tap0", "030000000001", "03:00:00:00:00:01 is not the address of one interface")]
    [InlineData("eth", "tap0", "000000000000", "00:00:00:00:00:00 is not the address of one interface")]
    public void A_network_interface_that_cannot_be_one_is_refused(string id, string tap, string address, string reason)
    {
        string drive = Lab.MakeDrive("drive.img", 8, seed: 1);
        MachineException refusal = Assert.Throws<MachineException>(() => Lab.Configure(plain => plain with
        {
            Drives = [new MachineDrive("drive", drive, ReadOnly: true)],
            NetworkInterfaces =
            [
                new MachineNetworkInterface("first", "tap9", [2, 0, 0, 0, 0, 9]),
                new MachineNetworkInterface(id, tap, Convert.FromHexString(address)),
            ],
        }));

        Assert.Equal(MachineError.InvalidConfiguration, refusal.Error);
        Assert.Contains(reason, refusal.Message);
    }

    [Theory]
    [InlineData("/of/nobody", "it does not exist")]
    [InlineData("/etc/passwd", "it is not a namespace")]
    [InlineData("/proc/self/ns/uts", "it is a namespace of another kind")]
    public void A_network_namespace_that_is_none_is_refused(string path, string reason)
    {
        MachineException refusal = Assert.Throws<MachineException>(() => Lab.Configure(plain => plain with { NetworkNamespace = path }));

        Assert.Equal((MachineError.InvalidConfiguration, $"cannot use the network namespace {path}: {reason}"), (refusal.Error, refusal.Message));
    }

    [Fact]
    public void Drives_and_network_interfaces_share_the_slots_of_a_machine()
    {
        string drive = Lab.MakeDrive("drive.img", 8, seed: 1);
        Func<int, int, IMachine> having = (drives, interfaces) => Lab.Configure(plain => plain with
        {
            Drives = [.. Enumerable.Range(0, drives).Select(number => new MachineDrive($"d{number}", drive, ReadOnly: true))],
            NetworkInterfaces =
                [.. Enumerable.Range(0, interfaces).Select(number => new MachineNetworkInterface($"e{number}", $"tap{number}", [2, 0, 0, 0, 0, (byte)number]))],
        });
        MachineException refusal = Assert.Throws<MachineException>(() => having(50, 50));
        Assert.Equal(MachineError.TooManyDevices, refusal.Error);
        Assert.Contains("50 drives and 50 network interfaces are too many", refusal.Message);
        int most = int.Parse(refusal.Message.Split("takes ")[1].Split(' ')[0], CultureInfo.InvariantCulture);

        Assert.Equal(MachineState.Configured, having(most - 2, 2).State);
        Assert.Equal(MachineError.TooManyDevices, Assert.Throws<MachineException>(() => having(most - 1, 2)).Error);
    }

    [Fact]
    public async Task A_program_in_the_kernels_place_does_not_boot_and_the_reason_is_told()
    {
        await using IMachine machine = Lab.Configure(plain => plain with { KernelPath = "/bin/busybox" });

        MachineException failure = await Assert.ThrowsAsync<MachineException>(() => machine.BootAsync().WaitAsync(Deadlines.Guest));

        // QEMU finds out by itself; for Firecracker, which would run it, the driver does.
        Assert.True(failure.Error is MachineError.VmmFailed or MachineError.InvalidConfiguration, $"{failure.Error}: {failure.Message}");
        Assert.Contains("kernel", failure.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(MachineExitKind.Crashed, (await EndOf(machine)).Kind);
    }

    [Fact]
    public async Task A_drive_that_goes_missing_before_the_boot_is_named()
    {
        string drive = Lab.MakeDrive("drive.img", 8, seed: 1);
        await using IMachine machine = Lab.Configure(plain => plain with { Drives = [new MachineDrive("gone", drive, ReadOnly: true)] });
        File.Delete(drive);

        MachineException failure = await Assert.ThrowsAsync<MachineException>(() => machine.BootAsync().WaitAsync(Deadlines.Guest));

        Assert.Contains(drive, failure.Message);
        Assert.Equal(MachineExitKind.Crashed, (await EndOf(machine)).Kind);
    }

    [Fact]
    public void A_missing_vmm_is_told_with_what_to_do()
    {
        MachineException refusal = Assert.Throws<MachineException>(() => Driver.CreateWith(Lab["nowhere"]).Configure(Lab.Plain));

        Assert.Equal(MachineError.VmmMissing, refusal.Error);
        Assert.Contains("install", refusal.Message);
    }

    [Fact]
    public async Task A_program_in_the_vmms_place_that_ends_at_once_is_told_with_its_words()
    {
        File.WriteAllText(Lab["false-vmm"], "#!/bin/sh\necho this is no virtual machine monitor >&2\nexit 3\n");
        File.SetUnixFileMode(Lab["false-vmm"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using IMachine machine = Driver.CreateWith(Lab["false-vmm"]).Configure(Lab.Plain with { Confinement = null });

        MachineException failure = await Assert.ThrowsAsync<MachineException>(() => machine.BootAsync().WaitAsync(Deadlines.Guest));

        Assert.Equal(MachineError.VmmFailed, failure.Error);
        Assert.Contains("this is no virtual machine monitor", failure.Message);
        Assert.Equal(3, (await EndOf(machine)).ExitStatus);
    }

    [Fact]
    public async Task A_vmm_that_never_answers_is_left_by_cancelling_the_boot()
    {
        File.WriteAllText(Lab["silent-vmm"], "#!/bin/sh\nexec sleep 1000000\n");
        File.SetUnixFileMode(Lab["silent-vmm"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using IMachine machine = Driver.CreateWith(Lab["silent-vmm"]).Configure(Lab.Plain with { Confinement = null });
        using CancellationTokenSource deadline = new(Deadlines.Silence);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => machine.BootAsync(deadline.Token).WaitAsync(Deadlines.Guest));

        Assert.Equal(128 + 9, (await EndOf(machine)).ExitStatus);
    }

    [Fact]
    public async Task A_kernel_that_panics_ends_the_machine_with_its_own_words()
    {
        await using IMachine machine = await Lab.BootAsync(GuestScript.EndInit);

        MachineExit exit = await EndOf(machine);

        Assert.Equal(MachineExitKind.KernelPanic, exit.Kind);
        Assert.Contains("Attempted to kill init! exitcode=0x00000700", exit.Message);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(15)]
    public async Task A_vmm_that_is_ended_from_outside_is_told_with_the_signal(int signal)
    {
        await using ServingGuest guest = await Lab.BootAsync();

        HostProcesses.Signal(guest.Machine.ProcessId, signal);
        MachineExit exit = await EndOf(guest.Machine);

        Assert.Equal(MachineExitKind.Crashed, exit.Kind);
        Assert.Contains($"signal {signal}", exit.Message);
        Assert.Equal(0, await ReadToItsEnd(guest.Channel));
        await AssertRefused(MachineError.MachineEnded, () => guest.Machine.PauseAsync());
    }

    [Fact]
    public async Task A_vmm_that_stands_still_does_not_keep_its_machine_from_being_killed()
    {
        await using IMachine machine = await Lab.BootAsync(GuestScript.NeverAnswer);
        HostProcesses.Signal(machine.ProcessId, 19);
        using CancellationTokenSource deadline = new(Deadlines.Silence);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => machine.PauseAsync(deadline.Token).WaitAsync(Deadlines.Guest));
        machine.Kill();

        Assert.Equal(MachineExitKind.Killed, (await EndOf(machine)).Kind);
    }

    [Fact]
    public async Task A_machine_dies_with_its_owner()
    {
        using MachineOwner owner = MachineOwner.Start(Driver, Lab.Plain);
        Assert.Equal(MachineOwner.Booting, await owner.ReadLineAsync());
        int vmm = int.Parse((await owner.ReadLineAsync())!, CultureInfo.InvariantCulture);
        Assert.Contains(vmm, HostProcesses.Find(Lab.Plain.Id));

        await owner.KillAsync();

        HostProcesses.AssertGone(Lab.Plain.Id);
        Lab.TidyUpAfterKilledOwner();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(48)]
    [InlineData(56)]
    [InlineData(64)]
    [InlineData(80)]
    public async Task A_machine_dies_with_an_owner_that_is_killed_while_it_boots(int milliseconds)
    {
        using MachineOwner owner = MachineOwner.Start(Driver, Lab.Plain);
        Assert.Equal(MachineOwner.Booting, await owner.ReadLineAsync());

        using ManualResetEventSlim never = new();
        never.Wait(milliseconds);
        await owner.KillAsync();

        HostProcesses.AssertGone(Lab.Plain.Id);
        Lab.TidyUpAfterKilledOwner();
    }

    [Fact]
    public async Task A_full_disk_beneath_the_console_log_does_not_stop_the_guest()
    {
        string mountPoint = Directory.CreateDirectory(Lab["small"]).FullName;
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=16k", "small", mountPoint);
        try
        {
            await using ServingGuest guest = await Lab.BootAsync(plain => plain with { ConsoleLogPath = Path.Combine(mountPoint, "console.log") });

            await guest.RunAsync("seq 20000 >/dev/console");
            await guest.RunAsync($"echo the last line >/dev/console; {GuestScript.Drain}");
            await guest.Machine.ShutdownAsync();

            MachineExit exit = await EndOf(guest.Machine);
            Assert.Equal(MachineExitKind.PoweredOff, exit.Kind);
            Assert.Contains("the last line", exit.ConsoleTail);
            Assert.Contains(exit.ConsoleTail, line => line.Contains("No space left", StringComparison.Ordinal));
        }
        finally
        {
            Tool.Run("umount", mountPoint);
        }
    }

    private static async Task<int> ReadToItsEnd(Stream channel)
    {
        try
        {
            return await channel.ReadAsync(new byte[1]).AsTask().WaitAsync(Deadlines.Guest);
        }
        catch (IOException)
        {
            return 0; // Reset, for a peer that died with something unread: an end as well.
        }
    }
}
