namespace Hearth.Machines;

/// <summary>The device behind a machine's channel: the guest has to know which to open.</summary>
public enum ChannelKind
{
    /// <summary>A virtio-serial port, found by <see cref="MachineChannel.SerialPortName"/>.</summary>
    SerialPort,

    /// <summary>vsock: the guest listens on <see cref="MachineChannel.VsockPort"/>.</summary>
    Vsock,
}
