using Hearth.Containers;
using Hearth.Machines;

namespace Hearth.Keeper.Machines;

/// <summary>Waits for results from the guest, and reports the cause if its machine ends first.</summary>
internal sealed class MachineWatch(IMachine machine, TimeProvider clock)
{
    /// <summary>A channel ends a moment before its machine does. This is how long to wait for the machine's own reason.</summary>
    private static readonly TimeSpan ReasonTimeout = TimeSpan.FromSeconds(2);

    /// <exception cref="HearthException">The machine ended before the task did; the message says how.</exception>
    public async Task<T> WhileAlive<T>(Task<T> task)
    {
        await WhileAlive((Task)task).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <exception cref="HearthException">The machine ended before the task did; the message says how.</exception>
    public async Task WhileAlive(Task task)
    {
        await Task.WhenAny(task, machine.Exited).ConfigureAwait(false);
        if (task.IsCompletedSuccessfully || task.IsCanceled)
        {
            await task.ConfigureAwait(false);
            return;
        }

        if (task.Exception?.InnerException is { } failure && RunFailures.Translate(failure) is not { Error: HearthError.MachineFailed })
        {
            await task.ConfigureAwait(false);
        }

        if (await TryAwaitEndAsync().ConfigureAwait(false) is { } exit)
        {
            _ = task.Exception;
            throw Ended(exit);
        }

        await task.ConfigureAwait(false);
    }

    /// <summary>Waits for a step of the guest's start. A guest that misses the deadline hangs, and its machine is killed.</summary>
    /// <param name="task">The step.</param>
    /// <param name="timeout">The longest time that the step may take from now; infinite for no limit.</param>
    /// <param name="act">The step, as the rest of "the guest did not" in an error message.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="HearthException">The machine ended, or the guest did not complete the step in time.</exception>
    public async Task<T> InTime<T>(Task<T> task, TimeSpan timeout, string act, CancellationToken cancellationToken)
    {
        try
        {
            return await WhileAlive(task.WaitAsync(timeout, clock, cancellationToken)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            machine.Kill();
            MachineExit? exit = await TryAwaitEndAsync().ConfigureAwait(false);
            throw new HearthException(HearthError.GuestSilent,
                $"the guest did not {act} within {timeout.TotalSeconds:0.#} s (--boot-timeout allows more){(exit is null ? "" : ConsoleTail(exit))}{ConsoleHint()}");
        }
    }

    /// <returns>Null if the machine has not ended in time.</returns>
    private async Task<MachineExit?> TryAwaitEndAsync()
    {
        try
        {
            return await machine.Exited.WaitAsync(ReasonTimeout, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private HearthException Ended(MachineExit exit) => new(
        HearthError.MachineFailed,
        $"the machine ended before the command did: {exit.Message.TrimEnd('.')}{MemoryHint(exit)}{ConsoleTail(exit)}{ConsoleHint()}");

    private string MemoryHint(MachineExit exit) =>
        exit.Kind == MachineExitKind.KernelPanic && exit.ConsoleTail.Any(line =>
            line.Contains("ut of memory", StringComparison.Ordinal) || line.Contains("deadlocked on memory", StringComparison.Ordinal))
            ? $"; {machine.Configuration.MemoryInMiB} MiB of memory are too little for this guest; give it more with --memory"
            : "";

    /// <summary>A Firecracker guest has a console only if its log is requested.</summary>
    private string ConsoleHint() => machine is { Vmm: "firecracker", Configuration.ConsoleLogPath: null }
        ? "; it has no console: --console FILE records its kernel's messages"
        : "";

    private static string ConsoleTail(MachineExit exit) => exit.ConsoleTail.Count == 0
        ? ""
        : "\nThe last lines of its console:" + string.Concat(exit.ConsoleTail.Select(line => $"\n  {line}"));
}
