using System.Collections.Concurrent;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>Waits for the ends of any number of processes, also of those that are no children. One thread waits for all: it sleeps until one ends.</summary>
public sealed class ProcessEnds : IDisposable
{
    private const ulong StopToken = 0;
    private const int ThreadStackBytes = 128 << 10;
    private const int ReportsAtOnce = 32;

    private readonly Epoll epoll = new();
    private readonly SafeFileHandle stopping;
    private readonly SafeFileHandle stop;
    private readonly ConcurrentDictionary<ulong, (ProcessHandle Process, Action Ended)> watched = new();
    private readonly Thread thread;
    private ulong lastToken = StopToken;

    public ProcessEnds()
    {
        (stopping, stop) = DescriptorIO.CreatePipe();
        epoll.Add(stopping, EpollEvents.In, StopToken);
        thread = new Thread(Wait, ThreadStackBytes) { IsBackground = true, Name = "process ends" };
        thread.Start();
    }

    /// <summary>Calls back once when a process has ended, immediately if it has ended already.</summary>
    /// <param name="process">From now on this object's.</param>
    /// <param name="ended">Called by a thread of the pool.</param>
    public void Watch(ProcessHandle process, Action ended)
    {
        ulong token = Interlocked.Increment(ref lastToken);
        watched[token] = (process, ended);
        epoll.Add(process.Descriptor, EpollEvents.In, token);
    }

    /// <summary>Ends the wait. Nobody is called back after that.</summary>
    public void Dispose()
    {
        stop.Dispose();
        thread.Join();
        foreach ((ProcessHandle process, _) in watched.Values)
        {
            process.Dispose();
        }

        epoll.Dispose();
        stopping.Dispose();
    }

    private void Wait()
    {
        Span<EpollReport> reports = stackalloc EpollReport[ReportsAtOnce];
        while (true)
        {
            foreach (EpollReport report in reports[..epoll.Wait(reports, timeoutMs: -1)])
            {
                if (report.Token == StopToken)
                {
                    return;
                }

                if (watched.TryRemove(report.Token, out (ProcessHandle Process, Action Ended) one))
                {
                    epoll.Remove(one.Process.Descriptor);
                    one.Process.Dispose();
                    ThreadPool.QueueUserWorkItem(static ended => ended(), one.Ended, preferLocal: false);
                }
            }
        }
    }
}
