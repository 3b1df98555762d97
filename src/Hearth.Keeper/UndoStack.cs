using System.Collections.Concurrent;

namespace Hearth.Keeper;

/// <summary>
/// What was taken and must be given back, in reverse order. One failure to give back does not keep the others from
/// being tried: all are reported together. Safe for several threads.
/// </summary>
public sealed class UndoStack : IAsyncDisposable
{
    private readonly ConcurrentStack<(string Act, Func<ValueTask> Undo)> acts = new();

    /// <summary>Remembers how to give back what was just taken.</summary>
    /// <param name="act">What the undo does, for the message if it fails: "unmount /run/…".</param>
    /// <param name="undo">Called at most once.</param>
    public void Push(string act, Func<ValueTask> undo) => acts.Push((act, undo));

    public void Push(string act, Action undo) => Push(act, () =>
    {
        undo();
        return ValueTask.CompletedTask;
    });

    /// <summary>Disposes of the resource when the stack is unwound, and gives it back to the caller for use.</summary>
    public T Own<T>(string act, T resource)
        where T : IAsyncDisposable
    {
        Push(act, resource.DisposeAsync);
        return resource;
    }

    /// <summary>Gives up the duty: the caller owns everything from now on.</summary>
    public void Release() => acts.Clear();

    /// <exception cref="AggregateException">One or more undos failed; the others were done.</exception>
    public async ValueTask DisposeAsync()
    {
        List<Exception>? failures = null;
        while (acts.TryPop(out (string Act, Func<ValueTask> Undo) taken))
        {
            try
            {
                await taken.Undo().ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                (failures ??= []).Add(new InvalidOperationException($"cannot {taken.Act}: {exception.Message}", exception));
            }
        }

        if (failures is not null)
        {
            throw new AggregateException("cleaning up was not complete", failures);
        }
    }
}
