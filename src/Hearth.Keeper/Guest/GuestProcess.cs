using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <summary>A process in the guest: its streams, its start and its end.</summary>
internal sealed class GuestProcess(GuestSession session, string id, GuestDataStream? input, GuestDataStream? output, GuestDataStream? error)
{
    private readonly TaskCompletionSource<ProcessHeld> held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProcessStarted> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ProcessExited> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null if the process reads /dev/null.</summary>
    public GuestDataStream? Input { get; } = input;

    /// <exception cref="InvalidOperationException">The process was started detached: it has no streams.</exception>
    public GuestDataStream Output => output ?? throw new InvalidOperationException($"the process '{id}' was started without streams");

    /// <summary>Null if a terminal carries both outputs.</summary>
    public GuestDataStream? Error { get; } = error;

    /// <summary>Completes when a held process waits directly before its execve; fails as <see cref="Started"/> does.</summary>
    public Task<ProcessHeld> Held => held.Task;

    /// <summary>Completes at execve; fails with a <see cref="HearthException"/> that says why the process did not start.</summary>
    public Task<ProcessStarted> Started => started.Task;

    /// <summary>Completes when the process has ended and the guest has sent all of its output.</summary>
    public Task<ProcessExited> Exited => exited.Task;

    /// <summary>Sends a signal; completes when the guest has sent it. Does nothing if the process has ended.</summary>
    /// <param name="signal">The signal's number.</param>
    /// <param name="all">True to signal the processes that this one started, too.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="HearthException">The signal does not exist, or the channel ended.</exception>
    public Task SignalAsync(int signal, bool all, CancellationToken cancellationToken) =>
        session.AskAsync<RequestDone>(new SignalProcess(id, signal, all), $"send signal {signal}", cancellationToken);

    /// <summary>Lets a held process continue.</summary>
    public Task<RequestDone> ReleaseAsync(CancellationToken cancellationToken) =>
        session.AskAsync<RequestDone>(new ReleaseProcess(id), "start the command", cancellationToken);

    public Task ResizeAsync(WindowSize size, CancellationToken cancellationToken) =>
        session.AskAsync<RequestDone>(new ResizeTerminal(id, size), "resize the terminal", cancellationToken);

    public void Handle(ProcessHeld message) => held.TrySetResult(message);

    public void Handle(ProcessStarted message) => started.TrySetResult(message);

    public void Handle(ProcessExited message) => exited.TrySetResult(message);

    public void Handle(ProcessFailed message) => Fail(new HearthException(
        message.Reason switch
        {
            StartFailure.CommandNotFound => HearthError.CommandNotFound,
            StartFailure.NotExecutable => HearthError.CommandNotExecutable,
            StartFailure.InterpreterNotFound => HearthError.InterpreterNotFound,
            StartFailure.WorkingDirectoryMissing => HearthError.WorkingDirectoryMissing,
            StartFailure.WorkingDirectory => HearthError.CommandNotExecutable,
            StartFailure.ContainerNotRunning => HearthError.ContainerNotRunning,
            _ => HearthError.GuestFailed,
        },
        $"cannot start the command: {message.Message}"));

    public void Fail(HearthException failure)
    {
        held.TrySetException(failure);
        started.TrySetException(failure);
        exited.TrySetException(failure);

        // A caller waits for one of them; the others have the same failure.
        _ = held.Task.Exception;
        _ = started.Task.Exception;
        _ = exited.Task.Exception;
    }
}
