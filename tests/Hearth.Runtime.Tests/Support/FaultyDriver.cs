using Hearth.Machines;

namespace Hearth.Runtime.Tests.Support;

/// <summary>A driver with a fault of the kind that no driver should have.</summary>
internal sealed class FaultyDriver : IMachineDriver
{
    public string Vmm => "faulty";

    public ChannelKind Channel => ChannelKind.SerialPort;

    public IReadOnlyList<string> GuestModules => [];

    public IMachine Configure(MachineConfiguration configuration) => throw new InvalidOperationException("a fault of the program");
}
