using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Transport;

/// <summary>One descriptor of /dev/fuse: requests come from it and replies go to it. Owns it.</summary>
internal sealed class DeviceQueue(SafeFileHandle device) : IReplySink, IDisposable
{
    public SafeFileHandle Device => device;

    /// <summary>Waits for the next request, passing over those taken back meanwhile.</summary>
    /// <returns>None, or why there will be no more: ENODEV after unmounting, ECONNABORTED after an abort.</returns>
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
