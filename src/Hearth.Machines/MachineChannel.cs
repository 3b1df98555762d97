namespace Hearth.Machines;

/// <summary>The addresses of the byte stream between host and guest. Each VMM uses the one for its kind of device.</summary>
/// <param name="SerialPortName">virtio-serial: the port's name, which the guest finds under /sys/class/virtio-ports.</param>
/// <param name="VsockPort">vsock: the port on which the guest listens.</param>
public sealed record MachineChannel(string SerialPortName, uint VsockPort);
