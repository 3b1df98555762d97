using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Transport;

/// <summary>
/// A detached FUSE mount after its INIT exchange with the kernel: device queues, the mount's descriptor, and the connection's
/// control. Disposal closes all of them.
/// </summary>
internal sealed class FuseMount : IDisposable
{
    private const string RootMode = "40000";

    private readonly Lock gate = new();
    private volatile DeviceQueue[] queues;

    private FuseMount(SafeFileHandle mount, ConnectionControl connection, DeviceQueue queue)
    {
        Root = mount;
        Connection = connection;
        queues = [queue];
    }

    /// <summary>The mount's root directory. Closing it ends the mount, unless something else holds it.</summary>
    public SafeFileHandle Root { get; }

    public ConnectionControl Connection { get; }

    /// <summary>The current queues; at least one.</summary>
    public IReadOnlyList<DeviceQueue> Queues => queues;

    /// <exception cref="FuseException">The mount cannot be made; the reason says what is missing.</exception>
    public static FuseMount Create(FuseSessionOptions options)
    {
        var taken = new Stack<IDisposable>();
        try
        {
            SafeFileHandle device = FuseDevice.Open();
            taken.Push(device);
            SafeFileHandle root = Mount(device, options);
            taken.Push(root);
            var queue = new DeviceQueue(device);
            Agree(queue, options);
            return new FuseMount(root, ConnectionControl.Open(root), queue);
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

    /// <summary>Opens one more queue; do not call it once disposal may have begun.</summary>
    /// <exception cref="LinuxException">Out of descriptors or memory.</exception>
    public DeviceQueue AddQueue()
    {
        var queue = new DeviceQueue(FuseDevice.OpenClone(queues[0].Device));
        lock (gate)
        {
            queues = [.. queues, queue];
        }

        return queue;
    }

    public void Dispose()
    {
        Root.Dispose();
        Connection.Dispose();
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

    /// <summary>Answers INIT, which is queued when the mount is created and is always the first request.</summary>
    private static void Agree(DeviceQueue queue, FuseSessionOptions options)
    {
        Span<byte> buffer = new byte[FuseDevice.MinRequestBufferInBytes];
        Errno errno = queue.Receive(buffer, out int length);
        if (errno != Errno.None)
        {
            throw new LinuxException("read", errno, FuseDevice.Path);
        }

        FuseHandshake handshake = SessionHandshake.Of(options.MaxReadBytes, options.MaxPendingReads);
        if (!FuseRequest.TryParse(buffer[..length], out FuseRequest request)
            || request.Header.Opcode != FuseOpcode.Init
            || !request.TryReadBody(out FuseInitIn kernel)
            || !handshake.IsSuitable(kernel))
        {
            throw FuseFailures.OfHandshake();
        }

        var reply = new FuseReply(stackalloc byte[128]);
        reply.Write(handshake.Answer(kernel));
        errno = queue.Send(reply.Finish(request.Header.Unique));
        if (errno != Errno.None)
        {
            throw new LinuxException("write", errno, FuseDevice.Path);
        }
    }
}
