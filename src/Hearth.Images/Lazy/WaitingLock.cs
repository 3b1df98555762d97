using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>Locks of parts of a file among processes, for which no thread of the pool waits.</summary>
internal static class WaitingLock
{
    /// <summary>Takes a lock, which <see cref="RangeLocks.Release"/> gives back. A wait that is cancelled goes on in the background and then releases it.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static async Task TakeAsync(SafeFileHandle file, long offset, int count, CancellationToken cancellationToken)
    {
        if (RangeLocks.TryLock(file, offset, count))
        {
            return;
        }

        Task waiting = Task.Factory.StartNew(
            () => RangeLocks.Lock(file, offset, count), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = waiting.ContinueWith(_ => RangeLocks.Release(file, offset, count), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }
}
