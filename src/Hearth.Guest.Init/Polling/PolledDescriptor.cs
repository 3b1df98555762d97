using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Polling;

/// <summary>
/// One end of a pipe, socket or terminal, used without blocking a thread. One operation at a time. It owns the descriptor.
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

    /// <summary>Creates an end for reading, and takes ownership of the handle.</summary>
    internal static PolledDescriptor ForReading(SafeFileHandle handle, ReadinessLoop loop) => new(handle, loop, EpollEvents.In);

    /// <summary>Creates an end for writing, and takes ownership of the handle.</summary>
    internal static PolledDescriptor ForWriting(SafeFileHandle handle, ReadinessLoop loop) => new(handle, loop, EpollEvents.Out);

    /// <summary>Reads the available bytes; waits for the first one.</summary>
    /// <returns>
    /// The number of bytes; 0 at the end: no writer is left, the terminal hung up, or <see cref="Finish"/> was called and all
    /// bytes were read.
    /// </returns>
    internal async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            // Checked before the attempt, so that the attempt sees all bytes from before the finish.
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

    /// <summary>Writes all bytes.</summary>
    /// <returns>False if there is no reader any more, or <see cref="Finish"/> was called.</returns>
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

    /// <summary>Ends all waiting: reads return the remaining bytes and then the end; writes return false instead of waiting.</summary>
    internal void Finish()
    {
        Volatile.Write(ref isFinishing, true);
        Wake();
    }

    /// <summary>Undoes <see cref="Finish"/> for a caller that continues to read after the end.</summary>
    internal void Resume() => Volatile.Write(ref isFinishing, false);

    /// <summary>Resumes a waiting operation. It may be called when the descriptor is not ready, since every attempt is repeated.</summary>
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
