using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Transport;

/// <summary>
/// A FUSE mount, made detached and agreed with the kernel (INIT): device queues, the mount's descriptor, and the means to
/// abort the connection. Disposal ends whatever is left of it.
/// </summary>
internal sealed class FuseMount : IDisposable
{
    private const string ControlFileSystem = "fusectl";
    private const string RootMode = "40000";

    private readonly SafeFileHandle abort;

    private FuseMount(SafeFileHandle mount, uint connection, SafeFileHandle abort, IReadOnlyList<DeviceQueue> queues)
    {
        Root = mount;
        Connection = connection;
        this.abort = abort;
        Queues = queues;
    }

    /// <summary>The mount's root directory. While nothing else holds the mount, closing this ends it.</summary>
    public SafeFileHandle Root { get; }

    /// <summary>The number the kernel knows the connection by, which also is the mount's minor device number.</summary>
    public uint Connection { get; }

    public IReadOnlyList<DeviceQueue> Queues { get; }

    /// <exception cref="FuseException">The reason says what was missing.</exception>
    public static FuseMount Create(FuseSessionOptions options)
    {
        var taken = new Stack<IDisposable>();
        try
        {
            SafeFileHandle device = FuseDevice.Open();
            taken.Push(device);
            SafeFileHandle root = Mount(device, options);
            taken.Push(root);
            var queues = new List<DeviceQueue> { new(device) };
            Agree(queues[0], options.MaxReadBytes);
            while (queues.Count < options.Threads)
            {
                var queue = new DeviceQueue(FuseDevice.OpenClone(device));
                taken.Push(queue);
                queues.Add(queue);
            }

            uint connection = FuseDevice.ConnectionNumber(root);
            return new FuseMount(root, connection, OpenAbort(connection), queues);
        }
        catch (Exception failure)
        {
            while (taken.TryPop(out IDisposable? part))
            {
                part.Dispose();
            }

            throw failure is LinuxException cause ? FuseFailures.OfStart(cause) : failure;
        }
    }

    /// <summary>
    /// Ends the connection: requests not yet answered fail with ECONNABORTED, and each queue gives an error from now on.
    /// Harmless where it has ended already.
    /// </summary>
    public void Abort() => FuseDevice.Abort(abort);

    public void Dispose()
    {
        Root.Dispose();
        abort.Dispose();
        foreach (DeviceQueue queue in Queues)
        {
            queue.Dispose();
        }
    }

    private static SafeFileHandle Mount(SafeFileHandle device, FuseSessionOptions options)
    {
        using var context = new MountContext("fuse");
        context.SetString("source", options.FileSystemName);
        context.SetString("subtype", FuseMounts.Subtype);
        context.SetString("fd", device.DangerousGetHandle().ToString());
        context.SetString("rootmode", RootMode);
        context.SetString("user_id", "0");
        context.SetString("group_id", "0");
        context.SetString("max_read", options.MaxReadBytes.ToString());
        context.SetFlag("default_permissions");
        context.SetFlag("ro");
        if (options.AllowOtherUsers)
        {
            context.SetFlag("allow_other");
        }

        context.Create();
        return context.Mount(MountAttributes.ReadOnly | MountAttributes.NoSetUserId | MountAttributes.NoDevices | MountAttributes.NoExecution);
    }

    /// <summary>Answers INIT, which waits in the queue from the mount's creation on and is always first.</summary>
    private static void Agree(DeviceQueue queue, int maxReadBytes)
    {
        Span<byte> buffer = new byte[FuseDevice.MinRequestBufferInBytes];
        Errno errno = queue.Receive(buffer, out int length);
        if (errno != Errno.None)
        {
            throw new LinuxException("read", errno, FuseDevice.Path);
        }

        if (!FuseRequest.TryParse(buffer[..length], out FuseRequest request)
            || request.Header.Opcode != FuseOpcode.Init
            || !request.TryReadBody(out FuseInitIn kernel)
            || !FuseHandshake.IsSuitable(kernel))
        {
            throw FuseFailures.OfHandshake();
        }

        var reply = new FuseReply(stackalloc byte[128]);
        reply.Write(FuseHandshake.Answer(kernel, maxReadBytes));
        errno = queue.Send(reply.Finish(request.Header.Unique));
        if (errno != Errno.None)
        {
            throw new LinuxException("write", errno, FuseDevice.Path);
        }
    }

    /// <summary>
    /// The control file system names each connection by its mount's device number. It is mounted detached, for it need not
    /// be mounted on this host; the one file opened keeps what is needed of it.
    /// </summary>
    private static SafeFileHandle OpenAbort(uint connection)
    {
        using var context = new MountContext(ControlFileSystem);
        context.Create();
        using SafeFileHandle control = context.Mount(MountAttributes.NoSetUserId | MountAttributes.NoDevices | MountAttributes.NoExecution);
        return DetachedMounts.OpenFile(control, $"{connection}/abort", flags: 1);
    }
}
