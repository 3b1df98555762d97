namespace Hearth.Fuse.Tests.Support;

/// <summary>A file whose reads wait until its gate is opened, as if its bytes came over a network.</summary>
public sealed class GatedFile(string name, long length, bool heedsCancellation = true) : IFuseFile
{
    private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim started = new(0);
    private readonly SemaphoreSlim cancelled = new(0);
    private readonly System.Collections.Concurrent.ConcurrentDictionary<int, bool> callers = [];

    public string Name => name;

    public long Length => length;

    /// <summary>Threads that have asked.</summary>
    public int Callers => callers.Count;

    public void Open() => gate.TrySetResult();

    /// <summary>Waits until so many more reads have come in.</summary>
    public Task WaitForReadsAsync(int count) => WaitAsync(started, count);

    /// <summary>Waits until a read has been told to give up.</summary>
    public Task WaitForCancellationAsync() => WaitAsync(cancelled, 1);

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        // Not undone after the read: cancelling runs the newest registration first, which ends the read below.
        cancellationToken.Register(() => cancelled.Release());
        callers[Environment.CurrentManagedThreadId] = true;
        started.Release();
        await gate.Task.WaitAsync(heedsCancellation ? cancellationToken : CancellationToken.None);
        PatternFile.Fill(offset, destination.Span);
        return destination.Length;
    }

    private static async Task WaitAsync(SemaphoreSlim semaphore, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(await semaphore.WaitAsync(FuseSupport.Deadline), "the event did not come");
        }
    }
}
