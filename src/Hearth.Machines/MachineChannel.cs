namespace Hearth.Machines;

/// <summary>The names of the one byte stream between host and guest; each VMM uses the one that fits its means.</summary>
/// <param name="SerialPortName">virtio-serial: the port's name, which the guest finds under /sys/class/virtio-ports.</param>
/// <param name="VsockPort">vsock: the port on which the guest listens.</param>
public sealed record MachineChannel(string SerialPortName, uint VsockPort);
