using System.Buffers.Binary;
using Hearth.Fuse.Protocol;
using Hearth.Fuse.Tests.Support;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares.Tests.Support;

/// <summary>
/// A share that this host's own kernel is the guest of: mounted, and its requests carried over a stream to the server, as a
/// guest's init does it.
/// </summary>
internal sealed class ShareMount : IAsyncDisposable
{
    private const int LengthBytes = 4;

    private readonly SafeFileHandle device = FuseDevice.Open();
    private readonly Stream guest;
    private readonly Task relaying;
    private int isUnmounted;

    private ShareMount(string path, ShareOptions options)
    {
        Path = path;
        Share share = Share.Open(options);
        Attach(share.IsFile, options.ReadOnly);
        StreamPair pair = StreamPair.Create();
        guest = pair.Guest;
        Server = share.Serve(pair.Host);
        relaying = Task.WhenAll(
            Task.Factory.StartNew(CarryRequests, TaskCreationOptions.LongRunning),
            Task.Factory.StartNew(CarryReplies, TaskCreationOptions.LongRunning));
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    public ShareServer Server { get; }

    /// <param name="path">An existing directory, or an existing file for a single file.</param>
    /// <param name="options">What is shared.</param>
    public static ShareMount At(string path, ShareOptions options)
    {
        FuseSupport.SkipUnlessUsable();
        return new ShareMount(path, options);
    }

    public async ValueTask DisposeAsync()
    {
        Unmount();
        await Server.DisposeAsync();
        await relaying.WaitAsync(FuseSupport.Deadline);
        device.Dispose();
    }

    private void Attach(bool isFile, bool isReadOnly)
    {
        using var context = new MountContext("fuse");
        context.SetString("source", "share");
        context.SetString("fd", device.DangerousGetHandle().ToString());
        context.SetString("rootmode", isFile ? "100000" : "40000");
        context.SetString("user_id", "0");
        context.SetString("group_id", "0");
        context.SetFlag("default_permissions");
        context.SetFlag("allow_other");
        context.Create();
        using SafeFileHandle mount = context.Mount(MountAttributes.NoDevices | (isReadOnly ? MountAttributes.ReadOnly : MountAttributes.None));
        DetachedMounts.Attach(mount, Path);
    }

    /// <summary>Ends the connection, whoever uses it, and the mount.</summary>
    private void Unmount()
    {
        if (Interlocked.Exchange(ref isUnmounted, 1) == 0)
        {
            FileSystems.Unmount(Path, UnmountFlags.Force | UnmountFlags.Detach);
        }
    }

    private void CarryRequests()
    {
        byte[] buffer = new byte[ShareOptions.MaxMessageInBytes];
        try
        {
            while (FuseDevice.TryReadRequest(device, buffer, out int length) is var errno and not (Errno.ENODEV or Errno.ECONNABORTED))
            {
                if (errno == Errno.None)
                {
                    guest.Write(buffer, 0, length);
                }
            }
        }
        catch (IOException)
        {
            // The server has ended; so does the device's other direction.
        }
        finally
        {
            guest.Dispose();
        }
    }

    private void CarryReplies()
    {
        byte[] buffer = new byte[ShareOptions.MaxMessageInBytes];
        try
        {
            while (true)
            {
                guest.ReadExactly(buffer, 0, FuseReply.HeaderSizeInBytes);
                int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(0, LengthBytes));
                guest.ReadExactly(buffer, FuseReply.HeaderSizeInBytes, length - FuseReply.HeaderSizeInBytes);
                FuseDevice.TryWriteReply(device, buffer.AsSpan(0, length));
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            // The stream has ended, with the server or with the mount: what the kernel still waits for will not come.
            Unmount();
        }
    }
}
