namespace Hearth.Machines;

/// <summary>Makes machines on one VMM.</summary>
public interface IMachineDriver
{
    /// <summary>The VMM's name, as <see cref="IMachine.Vmm"/>.</summary>
    string Vmm { get; }

    /// <summary>How the guest reaches the host.</summary>
    ChannelKind Channel { get; }

    /// <summary>The kernel modules that a guest needs for this VMM's devices: drives and channel.</summary>
    IReadOnlyList<string> GuestModules { get; }

    /// <summary>Files and directories outside its run directory that a machine of this configuration has, and leaves if this program is killed.</summary>
    IReadOnlyList<string> TracesOf(MachineConfiguration configuration) => [];

    /// <summary>Checks a configuration against what this VMM can do, and starts nothing.</summary>
    /// <exception cref="MachineException">It cannot be done; the message says which part.</exception>
    IMachine Configure(MachineConfiguration configuration);
}
