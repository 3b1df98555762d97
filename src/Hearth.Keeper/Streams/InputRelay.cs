using System.IO.Pipelines;
using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>
/// A process's standard input as a keeper has it: clients come and go and write, and the process reads one stream. What nobody
/// reads makes the writer wait.
/// </summary>
internal sealed class InputRelay : IDisposable
{
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: ControlFrame.MostDataBytes, resumeWriterThreshold: ControlFrame.MostDataBytes / 2, useSynchronizationContext: false));
    private readonly SemaphoreSlim writing = new(1, 1);
    private bool ended;

    public InputRelay() => Reader = pipe.Reader.AsStream();

    /// <summary>Read with blocking calls.</summary>
    public Stream Reader { get; }

    public void Dispose()
    {
        End();
        writing.Dispose();
    }

    /// <summary>Hands bytes on; those for a process that reads no more are dropped.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ended)
            {
                FlushResult flushed = await pipe.Writer.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                ended = flushed.IsCompleted || flushed.IsCanceled;
            }
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>The process reads the end of its input, and whoever writes need not wait any longer.</summary>
    public void End()
    {
        pipe.Writer.CancelPendingFlush();
        writing.Wait();
        ended = true;
        pipe.Writer.Complete();
        writing.Release();
    }
}
