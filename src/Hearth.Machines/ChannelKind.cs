namespace Hearth.Machines;

/// <summary>The device behind a machine's channel; the guest must know which one to open.</summary>
public enum ChannelKind
{
    /// <summary>A virtio-serial port with the name <see cref="MachineChannel.SerialPortName"/>.</summary>
    SerialPort,

    /// <summary>vsock: the guest listens on <see cref="MachineChannel.VsockPort"/>.</summary>
    Vsock,
}
