namespace Hearth.Machines;

/// <summary>Creates machines for one VMM.</summary>
public interface IMachineDriver
{
    /// <summary>The VMM's name, as <see cref="IMachine.Vmm"/>.</summary>
    string Vmm { get; }

    /// <summary>The device through which the guest and the host communicate.</summary>
    ChannelKind Channel { get; }

    /// <summary>The kernel modules that a guest needs for this VMM's devices: drives and channel.</summary>
    IReadOnlyList<string> GuestModules { get; }

    /// <summary>
    /// The files and directories that a machine of this configuration creates outside its run directory. They stay if this
    /// program is killed.
    /// </summary>
    IReadOnlyList<string> TracesOf(MachineConfiguration configuration) => [];

    /// <summary>Checks whether this VMM can run a configuration. It does not start a process.</summary>
    /// <exception cref="MachineException">The VMM cannot run it; the message names the part.</exception>
    IMachine Configure(MachineConfiguration configuration);
}
