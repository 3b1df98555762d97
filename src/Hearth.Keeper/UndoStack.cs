using System.Collections.Concurrent;

namespace Hearth.Keeper;

/// <summary>
/// The resources that were taken and must be released, in reverse order. If a release fails, the others are still tried, and
/// all failures are reported together. Safe for several threads.
/// </summary>
public sealed class UndoStack : IAsyncDisposable
{
    private readonly ConcurrentStack<(string? Act, Func<ValueTask> Undo)> acts = new();
    private readonly Lock gate = new();
    private Task? begun;

    /// <summary>Records how to release a resource that was just taken.</summary>
    /// <param name="act">What the undo does, for the error message if it fails: "unmount /run/…".</param>
    /// <param name="undo">Called at most once.</param>
    public void Push(string act, Func<ValueTask> undo) => acts.Push((act, undo));

    public void Push(string act, Action undo) => Push(act, () =>
    {
        undo();
        return ValueTask.CompletedTask;
    });

    /// <summary>Registers the resource for disposal when the stack is unwound, and returns it to the caller.</summary>
    public T Own<T>(string act, T resource)
        where T : IAsyncDisposable
    {
        Push(act, resource.DisposeAsync);
        return resource;
    }

    /// <summary>
    /// Adds a stack of its own that is unwound in this one's order, or from <see cref="Begin"/> on beside the acts that come before it. This one
    /// waits for it at its place, and reports its failures as its own.
    /// </summary>
    public UndoStack Branch()
    {
        UndoStack branch = new();
        acts.Push((null, branch.DisposeAsync));
        return branch;
    }

    /// <summary>Begins to unwind the stack on another thread. Nothing may be pushed any more.</summary>
    public void Begin()
    {
        lock (gate)
        {
            begun ??= Task.Run(UnwindAsync);
        }
    }

    /// <summary>Forgets all undos: the caller takes ownership of everything.</summary>
    public void Release() => acts.Clear();

    /// <exception cref="AggregateException">One or more undos failed; the others succeeded.</exception>
    public async ValueTask DisposeAsync()
    {
        Task? other;
        lock (gate)
        {
            other = begun;
        }

        await (other ?? UnwindAsync()).ConfigureAwait(false);
    }

    private async Task UnwindAsync()
    {
        List<Exception>? failures = null;
        while (acts.TryPop(out (string? Act, Func<ValueTask> Undo) taken))
        {
            try
            {
                await taken.Undo().ConfigureAwait(false);
            }
            catch (AggregateException branch) when (taken.Act is null)
            {
                (failures ??= []).AddRange(branch.InnerExceptions);
            }
            catch (Exception exception)
            {
                (failures ??= []).Add(new InvalidOperationException($"cannot {taken.Act}: {exception.Message}", exception));
            }
        }

        if (failures is not null)
        {
            throw new AggregateException("cannot release all resources", failures);
        }
    }
}
