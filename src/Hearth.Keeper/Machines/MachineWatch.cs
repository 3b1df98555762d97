using Hearth.Containers;
using Hearth.Machines;

namespace Hearth.Keeper.Machines;

/// <summary>Waits for things of the guest, and tells why they will not come once its machine is gone.</summary>
internal sealed class MachineWatch(IMachine machine, TimeProvider clock)
{
    /// <summary>A channel ends a moment before its machine does; this long the machine's own reason is waited for.</summary>
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

    /// <summary>Waits for a step of the guest's start; a guest that misses it hangs, and its machine is ended.</summary>
    /// <param name="task">What the guest is to do.</param>
    /// <param name="timeout">The longest that it may take from now; infinite for no limit.</param>
    /// <param name="act">What it did not do then, as the rest of "the guest did not".</param>
    /// <param name="cancellationToken">Gives up the waiting.</param>
    /// <exception cref="HearthException">The machine ended, or the guest did not do it in time.</exception>
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
                $"the guest did not {act} within {timeout.TotalSeconds:0.#} s (--boot-timeout gives it longer){(exit is null ? "" : ConsoleTail(exit))}{ConsoleHint()}");
        }
    }

    /// <returns>Null where the machine has not ended in time.</returns>
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
            ? $"; {machine.Configuration.MemoryInMiB} MiB of memory are too little for this guest: give it more with --memory"
            : "";

    /// <summary>Firecracker's guests have a console only where somebody wants its log.</summary>
    private string ConsoleHint() => machine is { Vmm: "firecracker", Configuration.ConsoleLogPath: null }
        ? "; it had no console: --console FILE shows what its kernel says"
        : "";

    private static string ConsoleTail(MachineExit exit) => exit.ConsoleTail.Count == 0
        ? ""
        : "\nThe last lines of its console:" + string.Concat(exit.ConsoleTail.Select(line => $"\n  {line}"));
}
