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
/// reads a reply's length, since the device takes each reply in one write, and filters interrupts (<see cref="InterruptFilter"/>).
/// When either side ends, so does the mount: a process that uses it gets an error instead of waiting.
/// </summary>
/// <param name="device">The mount's FUSE device. The relay takes ownership.</param>
/// <param name="stream">The stream to the host. The relay takes ownership.</param>
/// <param name="mountPoint">The original mount point, in init's own root.</param>
/// <param name="maxMessageBytes">The maximum length of a request and of a reply.</param>
[SuppressMessage("Reliability", "CA1001", Justification = "What it owns goes with its end.")]
internal sealed class ShareRelay(SafeFileHandle device, GuestDataStream stream, string mountPoint, int maxMessageBytes)
{
    /// <summary>The size of the length at the start of struct fuse_out_header.</summary>
    private const int LengthBytes = sizeof(uint);

    private readonly InterruptFilter interrupts = new(device);
    private int isEnded;

    internal void Start()
    {
        new Thread(() => Run(CarryRequests)) { IsBackground = true, Name = "share-out" }.Start();
        new Thread(() => Run(CarryReplies)) { IsBackground = true, Name = "share-in" }.Start();
    }

    /// <summary>Ends the connection and unmounts, even if the mount is in use.</summary>
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
            GuestConsole.Write($"cannot unmount a share: {failure.Message}");
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
            // The stream or the device has ended, which ends only this share.
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
                // The kernel refuses a reply with ENOENT if nobody waits for it any more; it can be dropped.
                _ = FuseDevice.TryWriteReply(device, buffer.AsSpan(start, length));
                start += length;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
        }
    }

    /// <summary>Reads the length of a reply; null if too few bytes of it have arrived.</summary>
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
