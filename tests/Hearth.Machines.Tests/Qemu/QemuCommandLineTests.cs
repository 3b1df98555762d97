using Hearth.Machines.Qemu;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Tests.Qemu;

public sealed class QemuCommandLineTests
{
    private static readonly MachineConfiguration plain = new()
    {
        Id = "composed",
        RunDirectory = "/run",
        KernelPath = "/kernel",
        InitramfsPath = "/initramfs",
        Channel = new MachineChannel("channel", 10241),
    };

    [Fact]
    public void Each_network_interface_is_a_tap_by_its_descriptor_and_a_device_in_the_order_of_the_configuration()
    {
        QemuCommandLine line = new(
            plain with
            {
                NetworkInterfaces =
                [
                    new MachineNetworkInterface("outer", "tap7", [2, 0, 0x0a, 0xff, 0, 7]),
                    new MachineNetworkInterface("inner", "tap8", [2, 0, 0x0a, 0xff, 0, 8]),
                ],
            },
            Accelerator.Tcg,
            timeStampKHz: 0);

        IReadOnlyList<string> arguments = line.Compose(control: 20, console: 21, channel: 22, taps: [31, 30], root: null);

        Assert.Equal(
            [
                "-netdev", "tap,id=outer,fd=31,vhost=off",
                "-device", "virtio-net-device,netdev=outer,mac=02:00:0a:ff:00:07",
                "-netdev", "tap,id=inner,fd=30,vhost=off",
                "-device", "virtio-net-device,netdev=inner,mac=02:00:0a:ff:00:08",
            ],
            arguments.SkipWhile(argument => argument != "-netdev"));
    }

    [Fact]
    public void A_network_interface_with_a_socket_is_a_stream_by_its_descriptor()
    {
        using SafeFileHandle socket = File.OpenHandle("/dev/null");
        QemuCommandLine line = new(
            plain with { NetworkInterfaces = [new MachineNetworkInterface("outer", "", [2, 0, 0x0a, 0xff, 0, 7]) { Socket = socket }] }, Accelerator.Tcg, timeStampKHz: 0);

        Assert.Equal(
            ["-netdev", "stream,id=outer,server=off,addr.type=fd,addr.str=31", "-device", "virtio-net-device,netdev=outer,mac=02:00:0a:ff:00:07"],
            line.Compose(control: 20, console: 21, channel: 22, taps: [31], root: null).SkipWhile(argument => argument != "-netdev"));
    }

    [Fact]
    public void A_machine_without_network_interfaces_has_no_network_device()
    {
        IReadOnlyList<string> arguments = new QemuCommandLine(plain, Accelerator.Tcg, timeStampKHz: 0).Compose(20, 21, 22, [], root: null);

        Assert.DoesNotContain("-netdev", arguments);
        Assert.DoesNotContain(arguments, argument => argument.Contains("virtio-net", StringComparison.Ordinal));

        // With -nodefaults, QEMU does not add a network device of its own.
        Assert.Contains("-nodefaults", arguments);
    }
}
