using System.IO.Pipelines;
using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>
/// Relays standard input from any number of clients to one process, which reads a single stream. The writer waits while the
/// process does not read.
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

    /// <summary>Passes bytes on; drops them if the process no longer reads.</summary>
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

    /// <summary>Ends the process's input, and releases a waiting writer.</summary>
    public void End()
    {
        pipe.Writer.CancelPendingFlush();
        writing.Wait();
        ended = true;
        pipe.Writer.Complete();
        writing.Release();
    }
}
