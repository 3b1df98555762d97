using System.Diagnostics;
using System.Net.Sockets;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Bench;

/// <summary>
/// The peer of <c>hearth run</c>: QEMU started by a plain command line with an image that mkfs.erofs packed beforehand, and
/// only the few messages that a process needs. The command line is that of a machine which <c>hearth run</c> started, so that
/// both boot the same kernel, init and modules on the same devices; it differs in the disk, in having no control socket and no
/// confinement, and in a console that nobody reads.
/// </summary>
internal sealed class DirectStart
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string program;
    private readonly string[] arguments;
    private readonly string socketPath;

    private DirectStart(string program, string[] arguments, string socketPath)
    {
        this.program = program;
        this.arguments = arguments;
        this.socketPath = socketPath;
    }

    public static DirectStart Prepare(Workshop workshop, string tree)
    {
        string image = Path.Combine(workshop.Scratch, "direct.erofs");
        string initramfs = Path.Combine(workshop.Scratch, "direct.cpio");
        string socketPath = Path.Combine(workshop.Scratch, "direct.sock");
        Shell.Run("mkfs.erofs", "--quiet", image, tree);

        string runDirectory = Path.Combine(workshop.Scratch, "direct-run");
        string[] directories = ["--run-dir", runDirectory, "--state-dir", workshop.Scratch];
        using Process hearth = Shell.Start(workshop.Hearth, [.. directories, "run", "--rm", "--name", "direct", "--no-jailer", tree, NoOpTree.Wait]);
        try
        {
            if (hearth.StandardOutput.ReadLine() != NoOpTree.Waiting)
            {
                throw new InvalidOperationException($"hearth run did not start {NoOpTree.Wait}: {hearth.StandardError.ReadToEnd()}");
            }

            string[] line = MachineCommandLine.Of(runDirectory);
            File.Copy(line[Array.IndexOf(line, "-initrd") + 1], initramfs);
            return new DirectStart(line[0], [.. MachineCommandLine.Rewrite(line[1..], image, initramfs, socketPath)], socketPath);
        }
        finally
        {
            Shell.Run(workshop.Hearth, [.. directories, "rm", "-f", "direct"]);
            hearth.WaitForExit();
        }
    }

    /// <summary>Boots, runs the no-op to its end, and ends the machine.</summary>
    public void Run()
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen(1);
        using Process machine = Shell.Start(program, arguments);
        try
        {
            RunNoOpAsync(listener).WaitAsync(Deadline).GetAwaiter().GetResult();
        }
        finally
        {
            machine.Kill();
            machine.WaitForExit();
            File.Delete(socketPath);
        }
    }

    private static async Task RunNoOpAsync(Socket listener)
    {
        using Socket socket = await listener.AcceptAsync();
        await using var channel = GuestChannel.StartHost(new NetworkStream(socket));
        await ExpectAsync<GuestHello>(channel);
        await channel.SendAsync(new ConfigureGuest { Hostname = "direct", Root = new RootConfiguration { LowerDrive = "vda", LowerFileSystem = "erofs" } });
        await ExpectAsync<GuestConfigured>(channel);
        await channel.SendAsync(new StartProcess
        {
            ProcessId = "main",
            Arguments = [NoOpTree.NoOp],
            StandardOutputStream = channel.OpenStream(StreamDirection.GuestToHost).Id,
            StandardErrorStream = channel.OpenStream(StreamDirection.GuestToHost).Id,
        });
        await ExpectAsync<ProcessStarted>(channel);
        await ExpectAsync<ProcessExited>(channel);
    }

    /// <summary>Waits for a message of the guest, which must be the next one.</summary>
    internal static async Task ExpectAsync<T>(GuestChannel channel)
        where T : GuestMessage
    {
        GuestMessage? message = await channel.ReceiveAsync();
        if (message is not T)
        {
            throw new InvalidOperationException($"the guest sent {message?.ToString() ?? "nothing"} where a {typeof(T).Name} was due");
        }
    }
}
