namespace Hearth.Images.Lazy;

/// <summary>How much of a range has arrived. One thread reports it, another one waits for it.</summary>
internal sealed class ArrivingRange
{
    private readonly Lock gate = new();
    private int arrived;
    private int wanted = int.MaxValue;
    private TaskCompletionSource? reached;

    /// <summary>So many bytes at the beginning are there.</summary>
    public void Arrive(int bytes)
    {
        lock (gate)
        {
            arrived = bytes;
            if (arrived >= wanted)
            {
                wanted = int.MaxValue;
                reached!.TrySetResult();
            }
        }
    }

    /// <summary>Waits for so many bytes, or for the end of the request.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="request">Throws if it fails before.</param>
    public async ValueTask WaitAsync(int bytes, Task request)
    {
        Task waiting;
        lock (gate)
        {
            if (arrived >= bytes)
            {
                return;
            }

            wanted = bytes;
            reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = reached.Task;
        }

        await (await Task.WhenAny(waiting, request).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
