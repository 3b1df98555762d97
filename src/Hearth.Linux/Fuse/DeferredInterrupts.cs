using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Fuse;

/// <summary>
/// INTERRUPTs whose requests go on, because the signal does not end the process: the calls of a regular file are never
/// interrupted. The kernel sends one INTERRUPT for each request only, so a later SIGKILL would go unnoticed. Therefore each is
/// answered with EAGAIN after a while, and the kernel sends it again if its request still waits (fuse_dev_do_write).
/// </summary>
/// <param name="send">Takes a whole reply. It may come after the end of its request, and the kernel refuses it then.</param>
public sealed class DeferredInterrupts(Action<byte[]> send) : IDisposable
{
    /// <summary>The longest time for which a process that is being killed waits for a look at it. Short for people, rare for the kernel.</summary>
    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly List<ulong> waiting = [];
    private Timer? timer;
    private bool isEnded;

    /// <summary>Has an INTERRUPT repeated.</summary>
    /// <param name="unique">Its own number, not that of the request it is about.</param>
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

    /// <summary>Sends within the lock, so that none is sent after the end.</summary>
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
