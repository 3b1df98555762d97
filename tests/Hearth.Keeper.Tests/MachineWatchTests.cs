using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Machines;
using Hearth.Keeper.Tests.Support;
using Hearth.Machines;

namespace Hearth.Keeper.Tests;

public sealed class MachineWatchTests : IAsyncDisposable
{
    private readonly FakeMachine machine = new();
    private readonly MachineWatch watch;

    public MachineWatchTests() => watch = new MachineWatch(machine, TimeProvider.System);

    [Fact]
    public async Task What_comes_in_time_is_given() => Assert.Equal(5, await watch.WhileAlive(Task.FromResult(5)).InTime());

    [Fact]
    public async Task A_machine_that_ends_first_is_the_reason_with_its_consoles_last_lines()
    {
        var never = new TaskCompletionSource<int>();
        Task<int> waiting = watch.WhileAlive(never.Task);
        machine.End(MachineExitKind.Crashed, "qemu ended with status 1.", "line one", "line two");
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => waiting.InTime());
        Assert.Equal(HearthError.MachineFailed, failure.Error);
        Assert.Equal(
            "the machine ended before the command did: qemu ended with status 1\nThe last lines of its console:\n  line one\n  line two",
            failure.Message);
    }

    [Fact]
    public async Task A_firecracker_guest_without_a_console_is_told_how_to_get_one()
    {
        await using FakeMachine silent = new() { Vmm = "firecracker" };
        Task<int> waiting = new MachineWatch(silent, TimeProvider.System).WhileAlive(new TaskCompletionSource<int>().Task);
        silent.End(MachineExitKind.PoweredOff, "the guest powered off");
        Assert.Contains("--console FILE records its kernel's messages", (await Assert.ThrowsAsync<HearthException>(() => waiting.InTime())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_broke_since_the_machine_ended_is_told_as_the_machines_end()
    {
        Task<int> broken = Task.FromException<int>(new GuestProtocolException(GuestProtocolError.TransportFailed, "cut"));
        Task<int> waiting = watch.WhileAlive(broken);
        machine.End(MachineExitKind.PoweredOff, "the guest powered off");
        Assert.Contains("the guest powered off", (await Assert.ThrowsAsync<HearthException>(() => waiting.InTime())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_broke_while_the_machine_lives_is_told_as_it_is() =>
        await Assert.ThrowsAsync<GuestProtocolException>(
            () => watch.WhileAlive(Task.FromException<int>(new GuestProtocolException(GuestProtocolError.TransportFailed, "cut"))).InTime());

    [Fact]
    public async Task A_failure_of_the_workload_is_told_as_it_is_though_the_machine_ends_too()
    {
        var failure = new HearthException(HearthError.CommandNotFound, "no such command");
        Task<int> waiting = watch.WhileAlive(Task.FromException<int>(failure));
        Assert.Same(failure, await Assert.ThrowsAsync<HearthException>(() => waiting.InTime()));
    }

    [Theory]
    [InlineData("Kernel panic - not syncing: System is deadlocked on memory", true)]
    [InlineData("Out of memory: Killed process 1 (init)", true)]
    [InlineData("VFS: Unable to mount root fs", false)]
    public async Task A_panic_for_want_of_memory_comes_with_advice(string line, bool isAdvised)
    {
        machine.End(MachineExitKind.KernelPanic, "the guest's kernel panicked", line);
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => watch.WhileAlive(new TaskCompletionSource().Task).InTime());
        Assert.Equal(isAdvised, failure.Message.Contains("16 MiB of memory are too little for this guest; give it more with --memory", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("set up the container")]
    [InlineData("start the command")]
    public async Task A_guest_that_hangs_in_a_step_of_its_start_is_ended_and_told(string act)
    {
        HearthException failure = await Assert.ThrowsAsync<HearthException>(
            () => watch.InTime(new TaskCompletionSource<int>().Task, TimeSpan.FromMilliseconds(200), act, CancellationToken.None).InTime());
        Assert.Equal(HearthError.GuestSilent, failure.Error);
        Assert.StartsWith($"the guest did not {act} within 0.2 s (--boot-timeout allows more)", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("its last line", failure.Message, StringComparison.Ordinal);
        Assert.Equal(MachineState.Ended, machine.State);
    }

    [Fact]
    public async Task A_machine_that_ends_within_the_limit_of_a_step_is_the_reason()
    {
        Task<int> waiting = watch.InTime(new TaskCompletionSource<int>().Task, TimeSpan.FromSeconds(30), "answer", CancellationToken.None);
        machine.End(MachineExitKind.PoweredOff, "the guest powered off");
        Assert.Contains("the guest powered off", (await Assert.ThrowsAsync<HearthException>(() => waiting.InTime())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_that_is_given_up_leaves_the_machine_alone()
    {
        using var givenUp = new CancellationTokenSource();
        Task<int> waiting = watch.InTime(new TaskCompletionSource<int>().Task, Timeout.InfiniteTimeSpan, "answer", givenUp.Token);
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.InTime());
        Assert.Equal(MachineState.Running, machine.State);
    }

    [Fact]
    public async Task A_guest_that_says_hello_is_heard()
    {
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        Assert.Equal("6.1", (await watch.InTime(guest.Session.Hello, TimeSpan.FromSeconds(30), "answer", CancellationToken.None).InTime()).KernelRelease);
    }

    public ValueTask DisposeAsync() => machine.DisposeAsync();
}
