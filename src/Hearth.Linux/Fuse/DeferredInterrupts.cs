using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>
/// INTERRUPTs of requests that continue, because the signal does not end the process: operations on regular files are not
/// interruptible. The kernel sends only one INTERRUPT for each request, so a later SIGKILL would go unnoticed. Therefore each
/// INTERRUPT is answered with EAGAIN after a delay, and the kernel sends it again if its request still waits
/// (fuse_dev_do_write).
/// </summary>
/// <param name="send">Sends a whole reply. If the request has already ended, the kernel refuses the reply.</param>
public sealed class DeferredInterrupts(Action<byte[]> send) : IDisposable
{
    /// <summary>
    /// The longest delay before a killed process is noticed: too short for users to notice, and rare enough for the kernel.
    /// </summary>
    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly List<ulong> waiting = [];
    private Timer? timer;
    private bool isEnded;

    /// <summary>Makes the kernel repeat an INTERRUPT after the delay.</summary>
    /// <param name="unique">The INTERRUPT's own number, not that of the interrupted request.</param>
    public void Add(ulong unique)
    {
        lock (gate)
        {
            if (isEnded)
            {
                return;
            }

            waiting.Add(unique);
            if (waiting.Count == 1)
            {
                timer ??= new Timer(static state => ((DeferredInterrupts)state!).AnswerAll(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                timer.Change(interval, Timeout.InfiniteTimeSpan);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isEnded = true;
            waiting.Clear();
            timer?.Dispose();
        }
    }

    /// <summary>Sends while holding the lock, so that nothing is sent after disposal.</summary>
    private void AnswerAll()
    {
        lock (gate)
        {
            foreach (ulong unique in waiting)
            {
                var header = new FuseOutHeader { Length = (uint)Unsafe.SizeOf<FuseOutHeader>(), Error = -(int)Errno.EAGAIN, Unique = unique };
                send(MemoryMarshal.AsBytes(new ReadOnlySpan<FuseOutHeader>(in header)).ToArray());
            }

            waiting.Clear();
        }
    }
}
