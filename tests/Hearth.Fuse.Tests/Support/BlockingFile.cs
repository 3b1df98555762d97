namespace Hearth.Fuse.Tests.Support;

/// <summary>A file whose reads keep the thread that asks until its gate is opened, as a file of a slow disk does.</summary>
public sealed class BlockingFile(string name, long length) : IFuseFile, IDisposable
{
    private readonly ManualResetEventSlim gate = new();
    private readonly SemaphoreSlim started = new(0);

    public string Name => name;

    public long Length => length;

    public void Open() => gate.Set();

    /// <summary>Waits until so many more reads have come in.</summary>
    public async Task WaitForReadsAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(await started.WaitAsync(FuseSupport.Deadline), "the read did not come");
        }
    }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        started.Release();
        Assert.True(gate.Wait(FuseSupport.Deadline, CancellationToken.None));
        PatternFile.Fill(offset, destination.Span);
        return ValueTask.FromResult(destination.Length);
    }

    /// <summary>Lets go whoever still waits.</summary>
    public void Dispose() => gate.Set();
}
