using Hearth.Machines;

namespace Hearth.Keeper.Tests.Support;

/// <summary>A driver whose machines are what the test says.</summary>
internal sealed class FakeDriver(Func<IMachine> configure) : IMachineDriver
{
    public string Vmm => "fake";

    public ChannelKind Channel => ChannelKind.SerialPort;

    public IReadOnlyList<string> GuestModules => [];

    public IMachine Configure(MachineConfiguration configuration) => configure();
}
