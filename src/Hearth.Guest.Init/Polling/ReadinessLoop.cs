using System.Diagnostics.CodeAnalysis;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Polling;

/// <summary>One thread that waits for all descriptors of init, so that none needs a thread of its own.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the machine.")]
internal sealed class ReadinessLoop
{
    private const int MaxReports = 32;

    private readonly Epoll epoll = new();
    private readonly Dictionary<ulong, Action> watched = [];
    private ulong lastToken;

    /// <summary>Runs until the guest ends.</summary>
    internal ReadinessLoop() => LifelongThread.Start("readiness", Run);

    /// <summary>Registers a descriptor, silent until <see cref="Arm"/>.</summary>
    /// <param name="wake">Called on the loop's thread; it must return immediately.</param>
    /// <param name="handle">The descriptor to wait for.</param>
    /// <returns>The token for <see cref="Arm"/> and <see cref="Remove"/>.</returns>
    internal ulong Add(Action wake, SafeFileHandle handle)
    {
        lock (watched)
        {
            ulong token = ++lastToken;
            watched.Add(token, wake);
            epoll.Add(handle, EpollEvents.OneShot, token);
            return token;
        }
    }

    /// <summary>Reports the descriptor once, when it is ready.</summary>
    internal void Arm(SafeFileHandle handle, EpollEvents events, ulong token) =>
        epoll.Rearm(handle, events | EpollEvents.OneShot, token);

    internal void Remove(SafeFileHandle handle, ulong token)
    {
        lock (watched)
        {
            watched.Remove(token);
            epoll.Remove(handle);
        }
    }

    private void Run()
    {
        Span<EpollReport> reports = stackalloc EpollReport[MaxReports];
        while (true)
        {
            int count = epoll.Wait(reports, timeoutMs: -1);
            foreach (EpollReport report in reports[..count])
            {
                Action? wake;
                lock (watched)
                {
                    wake = watched.GetValueOrDefault(report.Token);
                }

                wake?.Invoke();
            }
        }
    }
}
