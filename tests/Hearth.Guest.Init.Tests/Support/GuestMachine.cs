using System.Diagnostics;
using System.Net.Sockets;
using Hearth.Guest.Protocol;

namespace Hearth.Guest.Init.Tests.Support;

/// <summary>An emulated machine with init in it, and the host's end of its channel.</summary>
internal sealed class GuestMachine : IAsyncDisposable
{
    /// <summary>Emulated, on two cores that other tests use as well.</summary>
    internal static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly Process qemu;
    private readonly string directory;
    private readonly Task<string> console;
    private readonly Socket listener;

    private GuestMachine(Process qemu, string directory, Socket listener)
    {
        this.qemu = qemu;
        this.directory = directory;
        this.listener = listener;
        console = qemu.StandardOutput.ReadToEndAsync();
        Console = console;
    }

    /// <summary>All that the guest wrote to its console; done when the machine has ended.</summary>
    internal Task<string> Console { get; }

    /// <summary>Starts a machine.</summary>
    /// <param name="kernel">A vmlinux.</param>
    /// <param name="initramfs">With init and modules.</param>
    /// <param name="drives">Files, vda first; those ending in .rw are writable.</param>
    /// <param name="hasPort">False to leave out the channel's port.</param>
    internal static GuestMachine Start(string kernel, string initramfs, IReadOnlyList<string> drives, bool hasPort = true)
    {
        string directory = Directory.CreateTempSubdirectory("hearth-guest-").FullName;
        string socketPath = Path.Combine(directory, "channel");
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen(1);
        ProcessStartInfo info = new("qemu-system-x86_64", ComposeArguments(kernel, initramfs, drives, socketPath, hasPort))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new GuestMachine(Process.Start(info)!, directory, listener);
    }

    /// <summary>The channel, once the VMM has connected.</summary>
    internal async Task<GuestChannel> ConnectAsync()
    {
        using CancellationTokenSource deadline = new(Deadline);
        Socket connection = await listener.AcceptAsync(deadline.Token);
        return GuestChannel.StartHost(new NetworkStream(connection, ownsSocket: true));
    }

    /// <summary>Waits for the machine's own end.</summary>
    internal async Task WaitForExitAsync()
    {
        using CancellationTokenSource deadline = new(Deadline);
        await qemu.WaitForExitAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!qemu.HasExited)
        {
            qemu.Kill();
        }

        await qemu.WaitForExitAsync();
        await console;
        qemu.Dispose();
        listener.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private static List<string> ComposeArguments(
        string kernel, string initramfs, IReadOnlyList<string> drives, string socketPath, bool hasPort)
    {
        List<string> arguments =
        [
            "-M", "microvm,acpi=on,x-option-roms=off,isa-serial=on,rtc=on,pcie=off",
            "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", "-smp", "2", "-m", "256",
            "-nodefaults", "-no-user-config", "-nographic", "-no-reboot", "-serial", "stdio",
            "-kernel", kernel, "-initrd", initramfs,
            "-append", "console=ttyS0 quiet tsc=reliable no_timer_check nokaslr mitigations=off cryptomgr.notests random.trust_cpu=on panic=-1 reboot=t",
            "-device", "virtio-serial-device",
        ];
        if (hasPort)
        {
            arguments.AddRange(["-chardev", $"socket,id=channel,path={socketPath}"]);
            arguments.AddRange(["-device", $"virtserialport,chardev=channel,name={GuestProtocol.SerialPortName}"]);
        }

        for (int i = 0; i < drives.Count; i++)
        {
            string mode = drives[i].EndsWith(".rw", StringComparison.Ordinal) ? "off" : "on";
            arguments.AddRange(["-drive", $"id=d{i},file={drives[i]},format=raw,if=none,readonly={mode}"]);
            arguments.AddRange(["-device", $"virtio-blk-device,drive=d{i}"]);
        }

        return arguments;
    }
}
