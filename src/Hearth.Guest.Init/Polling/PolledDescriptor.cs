using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Polling;

/// <summary>
/// One end of a pipe, socket or terminal, used without blocking a thread. One operation at a time. Owns the descriptor.
/// </summary>
internal sealed class PolledDescriptor : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly ReadinessLoop loop;
    private readonly EpollEvents direction;
    private readonly Lock gate = new();
    private readonly ulong token;
    private TaskCompletionSource? waiting;
    private bool isFinishing;
    private bool isDisposed;

    private PolledDescriptor(SafeFileHandle handle, ReadinessLoop loop, EpollEvents direction)
    {
        this.handle = handle;
        this.loop = loop;
        this.direction = direction;
        DescriptorIO.SetNonBlocking(handle);
        token = loop.Add(Wake, handle);
    }

    /// <summary>True after <see cref="Finish"/>.</summary>
    internal bool IsFinishing => Volatile.Read(ref isFinishing);

    /// <summary>Takes ownership.</summary>
    internal static PolledDescriptor ForReading(SafeFileHandle handle, ReadinessLoop loop) => new(handle, loop, EpollEvents.In);

    /// <summary>Takes ownership.</summary>
    internal static PolledDescriptor ForWriting(SafeFileHandle handle, ReadinessLoop loop) => new(handle, loop, EpollEvents.Out);

    /// <summary>Reads what is there, waiting for the first byte.</summary>
    /// <returns>0 at the end: no writer is left, the terminal hung up, or <see cref="Finish"/> was called and nothing is left.</returns>
    internal async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            // Asked before the attempt: what came before the finish is then seen by it.
            bool wasFinishing = IsFinishing;
            Errno errno = DescriptorIO.TryRead(handle, buffer.Span, out int count);
            switch (errno)
            {
                case Errno.None:
                    return count;
                case Errno.EIO: // A terminal without a process on its other side.
                    return 0;
                case Errno.EAGAIN when wasFinishing:
                    return 0;
                case Errno.EAGAIN:
                    await WaitAsync().ConfigureAwait(false);
                    break;
                default:
                    throw new LinuxException("read", errno);
            }
        }
    }

    /// <summary>Writes all of it.</summary>
    /// <returns>False when there is no reader any more, or <see cref="Finish"/> was called.</returns>
    internal async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Errno errno = DescriptorIO.TryWrite(handle, bytes.Span, out int count);
            switch (errno)
            {
                case Errno.None:
                    bytes = bytes[count..];
                    break;
                case Errno.EPIPE or Errno.EIO:
                    return false;
                case Errno.EAGAIN when IsFinishing:
                    return false;
                case Errno.EAGAIN:
                    await WaitAsync().ConfigureAwait(false);
                    break;
                default:
                    throw new LinuxException("write", errno);
            }
        }

        return true;
    }

    /// <summary>From now on nothing waits: reads give what is left and then the end, writes end where they would wait.</summary>
    internal void Finish()
    {
        Volatile.Write(ref isFinishing, true);
        Wake();
    }

    /// <summary>Undoes <see cref="Finish"/> for one who reads on behind the end.</summary>
    internal void Resume() => Volatile.Write(ref isFinishing, false);

    /// <summary>The loop's word that it is ready; also given without that, as all attempts are made again.</summary>
    internal void Wake()
    {
        TaskCompletionSource? woken;
        lock (gate)
        {
            woken = waiting;
            waiting = null;
        }

        woken?.TrySetResult();
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (isDisposed)
            {
                return;
            }

            isDisposed = true;
        }

        loop.Remove(handle, token);
        handle.Dispose();
    }

    private Task WaitAsync()
    {
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting = ready;
        }

        loop.Arm(handle, direction, token);
        if (IsFinishing)
        {
            Wake();
        }

        return ready.Task;
    }
}
