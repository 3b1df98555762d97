using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hearth.Guest.Init.Boot;
using Hearth.Guest.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Shares;

/// <summary>
/// Carries a share's FUSE messages: requests from the kernel's device to the stream, replies from the stream to the device. It
/// looks at a reply's length, since the device takes each in one write, and at interrupts (<see cref="InterruptFilter"/>). When either side ends, so does the
/// mount: whoever uses it then gets an error instead of waiting.
/// </summary>
/// <param name="device">The mount's; the relay's own from now on.</param>
/// <param name="stream">Likewise.</param>
/// <param name="mountPoint">Where the file system was mounted first, in init's own root.</param>
/// <param name="maxMessageBytes">The longest request and the longest reply.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "What it owns goes with its end.")]
internal sealed class ShareRelay(SafeFileHandle device, GuestDataStream stream, string mountPoint, int maxMessageBytes)
{
    /// <summary>struct fuse_out_header begins with it.</summary>
    private const int LengthBytes = sizeof(uint);

    private readonly InterruptFilter interrupts = new(device);
    private int isEnded;

    internal void Start()
    {
        new Thread(() => Run(CarryRequests)) { IsBackground = true, Name = "share-out" }.Start();
        new Thread(() => Run(CarryReplies)) { IsBackground = true, Name = "share-in" }.Start();
    }

    /// <summary>Ends the connection and takes the mount away, whoever uses it.</summary>
    internal void End()
    {
        if (Interlocked.Exchange(ref isEnded, 1) != 0)
        {
            return;
        }

        try
        {
            FileSystems.Unmount(mountPoint, UnmountFlags.Force | UnmountFlags.Detach);
        }
        catch (LinuxException failure)
        {
            GuestConsole.Write($"a share could not be unmounted: {failure.Message}");
        }

        interrupts.Dispose();
        stream.Dispose();
    }

    private void Run(Action carry)
    {
        try
        {
            carry();
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The stream or the device has ended, which is this share's end and nobody else's.
        }

        End();
    }

    private void CarryRequests()
    {
        byte[] buffer = new byte[maxMessageBytes];
        while (true)
        {
            Errno errno = FuseDevice.TryReadRequest(device, buffer, out int length);
            if (errno == Errno.None)
            {
                if (interrupts.MayPass(buffer.AsSpan(0, length)))
                {
                    stream.Write(buffer, 0, length);
                }
            }
            else if (errno is not (Errno.ENOENT or Errno.EAGAIN))
            {
                return;
            }
        }
    }

    private void CarryReplies()
    {
        byte[] buffer = new byte[maxMessageBytes];
        int end = 0;
        while (true)
        {
            int read = stream.Read(buffer, end, buffer.Length - end);
            if (read == 0)
            {
                return;
            }

            end += read;
            int start = 0;
            while (LengthAt(buffer.AsSpan(start, end - start)) is int length && length <= end - start)
            {
                // A reply that nobody waits for any more is refused with ENOENT, and not missed.
                _ = FuseDevice.TryWriteReply(device, buffer.AsSpan(start, length));
                start += length;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
        }
    }

    /// <summary>The length of a reply; null where too little of it is there to tell.</summary>
    private int? LengthAt(ReadOnlySpan<byte> reply)
    {
        if (reply.Length < LengthBytes)
        {
            return null;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(reply);
        return length >= LengthBytes && length <= maxMessageBytes
            ? (int)length
            : throw new IOException($"the host sent a FUSE reply of {length} bytes");
    }
}
