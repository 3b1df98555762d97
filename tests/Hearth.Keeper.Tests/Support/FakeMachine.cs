using Hearth.Machines;

namespace Hearth.Keeper.Tests.Support;

/// <summary>A machine of which only its end is real: what a test of the waiting for it needs.</summary>
internal sealed class FakeMachine : IMachine
{
    private readonly TaskCompletionSource<MachineExit> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MachineConfiguration Configuration { get; } = new()
    {
        Id = "fake", RunDirectory = "/", KernelPath = "/", InitramfsPath = "/", MemoryInMiB = 16, Channel = new MachineChannel("port", 1),
    };

    public MachineState State => exited.Task.IsCompleted ? MachineState.Ended : MachineState.Running;

    public string Vmm { get; init; } = "fake";

    public string Accelerator => "none";

    /// <summary>This program's end of the guest's channel.</summary>
    public Stream Transport { get; init; } = Stream.Null;

    /// <summary>Done when the machine stands still that is to.</summary>
    public Task Pausing { get; init; } = Task.CompletedTask;

    public int OverheadInMiB => 0;

    public IReadOnlyList<string> Warnings => [];

    public IReadOnlyList<string> Confinement => [];

    public int ProcessId => 0;

    public Task<MachineExit> Exited => exited.Task;

    public void End(MachineExitKind kind, string message, params string[] console) => exited.TrySetResult(new MachineExit(kind, 1, message, console));

    public void Kill() => End(MachineExitKind.Killed, "killed", "its last line");

    public Task BootAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task<Stream> OpenChannelAsync(CancellationToken cancellationToken = default) => Task.FromResult(Transport);

    public Task PauseAsync(CancellationToken cancellationToken = default) => Pausing;

    public Task ResumeAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task ShutdownAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
