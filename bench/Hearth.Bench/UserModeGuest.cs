using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Bench;

/// <summary>
/// A guest whose network is QEMU's user mode (slirp), with ports forwarded to it. The machine is otherwise the one that
/// <c>hearth run</c> started; see <see cref="DirectStart"/>.
/// </summary>
internal sealed class UserModeGuest : IDisposable
{
    private const string Name = "user-mode";

    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(60);

    // The addresses that QEMU's user mode has if nothing else is said.
    private static readonly byte[] guest = [10, 0, 2, 15];
    private static readonly byte[] gateway = [10, 0, 2, 2];

    private readonly Process machine;
    private GuestChannel? channel;

    private UserModeGuest(Process machine) => this.machine = machine;

    /// <summary>Boots the guest and starts its servers.</summary>
    /// <param name="workshop">Where the machine's files are kept.</param>
    /// <param name="tree">The guest's root.</param>
    /// <param name="hostAddress">The host's address whose ports are forwarded.</param>
    /// <param name="ports">Pairs of the host's and the guest's TCP port.</param>
    /// <param name="servers">The commands to start in the guest.</param>
    public static UserModeGuest Start(Workshop workshop, string tree, string hostAddress, IEnumerable<(int Host, int Guest)> ports, IReadOnlyList<string[]> servers)
    {
        string image = Path.Combine(workshop.Scratch, "user-mode.erofs");
        string initramfs = Path.Combine(workshop.Scratch, "user-mode.cpio");
        string socketPath = Path.Combine(workshop.Scratch, "user-mode.sock");
        Shell.Run("mkfs.erofs", "--quiet", image, tree);
        string[] line = CopyMachine(workshop, tree, initramfs);
        string network = "user,id=net0" + string.Concat(ports.Select(port => $",hostfwd=tcp:{hostAddress}:{port.Host}-:{port.Guest}"));
        int netdev = Array.IndexOf(line, "-netdev") + 1;
        string[] arguments = [.. MachineCommandLine.Rewrite([.. line[1..netdev], network, .. line[(netdev + 1)..]], image, initramfs, socketPath)];
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen(1);
        UserModeGuest started = new(Shell.Start(line[0], arguments));
        try
        {
            started.ConfigureAsync(listener, MacOf(line), servers).WaitAsync(deadline).GetAwaiter().GetResult();
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        machine.Kill();
        machine.WaitForExit();
        machine.Dispose();
        channel?.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Keeps the command line and the initramfs of a machine with an interface, and ends that machine.</summary>
    private static string[] CopyMachine(Workshop workshop, string tree, string initramfs)
    {
        string runDirectory = Path.Combine(workshop.Scratch, "user-mode-run");
        string[] directories = ["--run-dir", runDirectory, "--state-dir", Path.Combine(workshop.Scratch, "user-mode-state")];
        Shell.Run(workshop.Hearth, ["run", .. directories, "-d", "--network", "host-forward", "--name", Name, "--no-jailer", tree, "/iperf3", "-s"]);
        try
        {
            string[] line = MachineCommandLine.Of(runDirectory);
            File.Copy(line[Array.IndexOf(line, "-initrd") + 1], initramfs);
            return line;
        }
        finally
        {
            Shell.Run(workshop.Hearth, ["rm", .. directories, "-f", Name]);
        }
    }

    private static byte[] MacOf(string[] line)
    {
        const string Option = ",mac=";
        string device = line.First(word => word.StartsWith("virtio-net-device,", StringComparison.Ordinal));
        return Convert.FromHexString(device[(device.IndexOf(Option, StringComparison.Ordinal) + Option.Length)..].Replace(":", "", StringComparison.Ordinal));
    }

    private async Task ConfigureAsync(Socket listener, byte[] hardwareAddress, IReadOnlyList<string[]> servers)
    {
        Socket socket = await listener.AcceptAsync();
        channel = GuestChannel.StartHost(new NetworkStream(socket, ownsSocket: true));
        await DirectStart.ExpectAsync<GuestHello>(channel);
        GuestInterface only = new(hardwareAddress, 0, [new GuestAddress(guest, 24)], [new GuestRoute(IPAddress.Any.GetAddressBytes(), 0, gateway)]);
        await channel.SendAsync(new ConfigureGuest
        {
            Hostname = Name,
            Root = new RootConfiguration { LowerDrive = "vda", LowerFileSystem = "erofs" },
            Network = new GuestNetwork([only], "", []),
        });
        await DirectStart.ExpectAsync<GuestConfigured>(channel);
        for (int index = 0; index < servers.Count; index++)
        {
            await channel.SendAsync(new StartProcess { ProcessId = $"server-{index}", Arguments = servers[index], JoinsContainer = index > 0 });
            await DirectStart.ExpectAsync<ProcessStarted>(channel);
        }
    }
}
