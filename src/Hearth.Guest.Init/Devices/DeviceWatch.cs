using Hearth.Guest.Init.Boot;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Devices;

/// <summary>
/// Waits for devices by the kernel's own events. Open it before the drivers are loaded: an event that comes between a look
/// and a wait is then kept by the socket.
/// </summary>
internal sealed class DeviceWatch : IDisposable
{
    /// <summary>The kernel's own limit is 2 KiB of keys (UEVENT_BUFFER_SIZE) and the path before them.</summary>
    private const int MaxEventBytes = 8192;

    private readonly SafeFileHandle events = GuestSockets.OpenKernelEvents();
    private readonly Epoll epoll = new();

    internal DeviceWatch()
    {
        DescriptorIO.SetNonBlocking(events);
        epoll.Add(events, EpollEvents.In, token: 0);
    }

    /// <summary>Looks, and looks again after each event, until something is found.</summary>
    /// <param name="look">Gives null while it is not there.</param>
    /// <param name="timeoutMs">How long in all.</param>
    /// <returns>Null when the time is over.</returns>
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

    /// <summary>What an event says is not needed: sysfs says it better. An overrun (ENOBUFS) only means there were more.</summary>
    private void DrainEvents()
    {
        Span<byte> packet = stackalloc byte[MaxEventBytes];
        while (DescriptorIO.TryRead(events, packet, out _) is Hearth.Linux.Errno.None or Hearth.Linux.Errno.ENOBUFS)
        {
        }
    }
}
