using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Transport;

/// <summary>One descriptor of /dev/fuse, owned by the queue: requests come from it and replies go to it.</summary>
internal sealed class DeviceQueue(SafeFileHandle device) : IReplySink, IDisposable
{
    public SafeFileHandle Device => device;

    /// <summary>Waits for the next request, skipping requests that were cancelled before they were read.</summary>
    /// <returns>None, or why no more requests will come: ENODEV after unmounting, ECONNABORTED after an abort.</returns>
    public Errno Receive(Span<byte> buffer, out int length)
    {
        while (true)
        {
            Errno errno = FuseDevice.TryReadRequest(device, buffer, out length);
            if (errno is not (Errno.ENOENT or Errno.EAGAIN))
            {
                return errno;
            }
        }
    }

    public Errno Send(ReadOnlySpan<byte> reply) => FuseDevice.TryWriteReply(device, reply);

    public void Dispose() => device.Dispose();
}
