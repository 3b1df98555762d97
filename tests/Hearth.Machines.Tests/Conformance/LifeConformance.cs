using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>A machine's states, and the ways in which it ends.</summary>
public abstract class LifeConformance<TDriver>(GuestImages images) : MachineConformance<TDriver>(images)
    where TDriver : DriverUnderTest, new()
{
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;

    [Fact]
    public async Task A_configured_machine_has_no_process_and_refuses_all_but_its_boot()
    {
        IMachine machine = Lab.Configure();

        Assert.Equal(MachineState.Configured, machine.State);
        Assert.Equal(0, machine.ProcessId);
        Assert.Empty(HostProcesses.Find(Lab.Plain.Id));
        await AssertRefused(MachineError.WrongState, () => machine.PauseAsync());
        await AssertRefused(MachineError.WrongState, () => machine.ResumeAsync());
        await AssertRefused(MachineError.WrongState, () => machine.ShutdownAsync());
        await AssertRefused(MachineError.WrongState, () => machine.OpenChannelAsync());

        await machine.DisposeAsync();
        Assert.Equal(MachineExitKind.Killed, (await EndOf(machine)).Kind);
        Assert.Equal(MachineState.Ended, machine.State);
        await AssertRefused(MachineError.MachineEnded, () => machine.BootAsync());
    }

    [Fact]
    public async Task A_paused_guest_stands_still_and_goes_on_where_it_was()
    {
        await using ServingGuest guest = await Lab.BootAsync();
        await AssertRefused(MachineError.WrongState, () => guest.Machine.BootAsync());
        await AssertRefused(MachineError.WrongState, () => guest.Machine.ResumeAsync());
        await guest.RunAsync("kept=before");

        await guest.Machine.PauseAsync();
        Assert.Equal(MachineState.Paused, guest.Machine.State);
        await AssertRefused(MachineError.WrongState, () => guest.Machine.PauseAsync());
        await guest.SendAsync("echo $kept\n");
        Task<string> answer = guest.ReadLineAsync();
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(Deadlines.Silence));

        await guest.Machine.ResumeAsync();
        Assert.Equal(MachineState.Running, guest.Machine.State);
        Assert.Equal("before", await answer);
    }

    [Fact]
    public async Task A_paused_machine_can_be_killed()
    {
        await using ServingGuest guest = await Lab.BootAsync();
        await guest.Machine.PauseAsync();

        guest.Machine.Kill();

        Assert.Equal(MachineExitKind.Killed, (await EndOf(guest.Machine)).Kind);
    }

    [Fact]
    public async Task A_vmm_that_does_not_answer_is_told_of_and_the_machine_stays_what_it_was()
    {
        await using ServingGuest guest = await Lab.BootAsync();
        HostProcesses.Signal(guest.Machine.ProcessId, StopSignal);
        MachineException silent = await Assert.ThrowsAsync<MachineException>(() => guest.Machine.PauseAsync().WaitAsync(Deadlines.Guest));

        Assert.Equal(MachineError.VmmSilent, silent.Error);
        Assert.Contains($"(process {guest.Machine.ProcessId}) has not answered for", silent.Message);
        Assert.EndsWith("it is stopped", silent.Message);
        Assert.Equal(MachineState.Running, guest.Machine.State);

        // The request that it takes late is taken back: the guest runs.
        HostProcesses.Signal(guest.Machine.ProcessId, ContinueSignal);
        Assert.Equal("on", await guest.RunAsync("echo on"));
        await guest.Machine.PauseAsync();
        HostProcesses.Signal(guest.Machine.ProcessId, StopSignal);
        await AssertRefused(MachineError.VmmSilent, () => guest.Machine.ResumeAsync());
        Assert.Equal(MachineState.Paused, guest.Machine.State);
        HostProcesses.Signal(guest.Machine.ProcessId, ContinueSignal);
        await guest.Machine.ResumeAsync();
        Assert.Equal("on", await guest.RunAsync("echo on"));
    }

    [Fact]
    public async Task A_shutdown_writes_back_and_powers_off()
    {
        string drive = Lab.MakeDrive("written.img", 4096, seed: 1);
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { Drives = [new MachineDrive("written", drive, ReadOnly: false)] });
        await guest.RunAsync("yes hearth | head -c 65536 | dd of=/dev/vda bs=4k conv=notrunc");

        await guest.Machine.ShutdownAsync();
        MachineExit exit = await EndOf(guest.Machine);

        Assert.Equal((MachineExitKind.PoweredOff, 0), (exit.Kind, exit.ExitStatus));
        Assert.Equal(MachineState.Ended, guest.Machine.State);
        Assert.StartsWith("hearth\nhearth\n", File.ReadAllText(drive));
        Assert.Equal(0, await guest.Channel.ReadAsync(new byte[1]));
    }

    [Fact]
    public async Task A_guest_whose_user_space_is_silent_can_be_shut_down()
    {
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { KernelArguments = [.. plain.KernelArguments, GuestScript.NeverAnswer] });
        await guest.SendAsync("echo anybody there\n");
        using CancellationTokenSource deadline = new(Deadlines.Silence);
        await Assert.ThrowsAsync<OperationCanceledException>(() => guest.ReadLineAsync(deadline.Token));

        await guest.Machine.ShutdownAsync();

        Assert.Equal(MachineExitKind.PoweredOff, (await EndOf(guest.Machine)).Kind);
    }

    [Fact]
    public async Task A_guest_whose_kernel_hangs_outlives_the_shutdown_and_not_the_kill()
    {
        File.WriteAllBytes(Lab["hanging-kernel"], TinyKernel.Make());
        await using IMachine machine = Lab.Configure(plain => plain with { KernelPath = Lab["hanging-kernel"] });
        await machine.BootAsync().WaitAsync(Deadlines.Guest);
        await using Stream channel = await machine.OpenChannelAsync();
        using CancellationTokenSource deadline = new(Deadlines.Silence);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.ReadAsync(new byte[1], deadline.Token).AsTask());

        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(1));
        Exception? unheard = await Record.ExceptionAsync(() => machine.ShutdownAsync(patience.Token).WaitAsync(Deadlines.Guest));
        Assert.True(unheard is null or OperationCanceledException, $"{unheard}");
        Assert.False(machine.Exited.IsCompleted);
        machine.Kill();

        Assert.Equal(MachineExitKind.Killed, (await EndOf(machine)).Kind);
    }

    [Fact]
    public async Task A_restart_ends_the_machine()
    {
        await using IMachine machine = await Lab.BootAsync(GuestScript.Restart);

        MachineExit exit = await EndOf(machine);

        Assert.Equal((MachineExitKind.PoweredOff, 0), (exit.Kind, exit.ExitStatus));
    }

    [Fact]
    public async Task Killing_twice_and_disposing_twice_is_harmless()
    {
        IMachine machine = await Lab.BootAsync(GuestScript.NeverAnswer);

        machine.Kill();
        machine.Kill();
        MachineExit exit = await EndOf(machine);
        await machine.DisposeAsync();
        await machine.DisposeAsync();
        machine.Kill();

        Assert.Equal((MachineExitKind.Killed, 128 + 9), (exit.Kind, exit.ExitStatus));
        await AssertRefused(MachineError.MachineEnded, () => machine.PauseAsync());
        await AssertRefused(MachineError.MachineEnded, () => machine.ShutdownAsync());
        await AssertRefused(MachineError.MachineEnded, () => machine.OpenChannelAsync());
    }

    [Fact]
    public async Task A_boot_that_is_cancelled_leaves_nothing()
    {
        await using IMachine machine = Lab.Configure();
        using CancellationTokenSource cancellation = new();
        Task boot = machine.BootAsync(cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => boot.WaitAsync(Deadlines.Guest));
        await EndOf(machine);
        Assert.Empty(HostProcesses.Find(Lab.Plain.Id));
    }

    [Fact]
    public async Task A_kill_during_the_boot_ends_it_and_the_end_is_told_when_the_process_is_gone()
    {
        await using IMachine machine = Lab.Configure();
        Task boot = machine.BootAsync();

        machine.Kill();

        Assert.Equal(MachineExitKind.Killed, (await EndOf(machine)).Kind);
        Assert.Empty(HostProcesses.Find(Lab.Plain.Id));
        await Assert.ThrowsAsync<MachineException>(() => boot.WaitAsync(Deadlines.Guest));
    }

    [Fact]
    public async Task Disposing_of_a_machine_during_its_boot_ends_it()
    {
        IMachine machine = Lab.Configure(plain => plain with { ConsoleLogPath = Lab["console.log"] });
        Task boot = machine.BootAsync();

        await machine.DisposeAsync().AsTask().WaitAsync(Deadlines.Guest);

        Assert.Empty(HostProcesses.Find(Lab.Plain.Id));
        await Assert.ThrowsAsync<MachineException>(() => boot.WaitAsync(Deadlines.Guest));
        using FileStream free = new(Lab["console.log"], FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
    }
}
