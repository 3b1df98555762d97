using Hearth.Guest.Init.Boot;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Devices;

/// <summary>
/// Waits for devices by the kernel's events. Open it before the drivers are loaded: the socket then keeps an event that
/// arrives between a check and a wait.
/// </summary>
internal sealed class DeviceWatch : IDisposable
{
    /// <summary>The kernel's limit is 2 KiB of keys (UEVENT_BUFFER_SIZE) and the path before them.</summary>
    private const int MaxEventBytes = 8192;

    private readonly SafeFileHandle events = GuestSockets.OpenKernelEvents();
    private readonly Epoll epoll = new();

    internal DeviceWatch()
    {
        DescriptorIO.SetNonBlocking(events);
        epoll.Add(events, EpollEvents.In, token: 0);
    }

    /// <summary>Checks now and after each event, until something is found.</summary>
    /// <param name="look">The check; returns null while there is nothing.</param>
    /// <param name="timeoutMs">The total time.</param>
    /// <returns>What the check found; null after the time is over.</returns>
    internal T? WaitFor<T>(Func<T?> look, int timeoutMs)
        where T : class
    {
        double deadlineMs = GuestClock.UptimeMs + timeoutMs;
        Span<EpollReport> reports = stackalloc EpollReport[1];
        while (true)
        {
            DrainEvents();
            T? found = look();
            double leftMs = deadlineMs - GuestClock.UptimeMs;
            if (found is not null || leftMs <= 0)
            {
                return found;
            }

            epoll.Wait(reports, (int)Math.Ceiling(leftMs));
        }
    }

    public void Dispose()
    {
        epoll.Dispose();
        events.Dispose();
    }

    /// <summary>Discards the events, since sysfs has the details. An overrun (ENOBUFS) only means that there were more.</summary>
    private void DrainEvents()
    {
        Span<byte> packet = stackalloc byte[MaxEventBytes];
        while (DescriptorIO.TryRead(events, packet, out _) is Hearth.Linux.Errno.None or Hearth.Linux.Errno.ENOBUFS)
        {
        }
    }
}
