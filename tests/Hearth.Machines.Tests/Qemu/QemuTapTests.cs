using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Tests.Qemu;

/// <summary>Taps that a machine cannot have: the boot fails, names them, and leaves nothing open.</summary>
public sealed class QemuTapTests(GuestImages images) : MachineConformance<QemuUnderTest>(images)
{
    [Fact]
    public void A_tap_that_does_not_exist_is_named_and_not_created() => OwnNamespace.Run(() =>
    {
        Assert.True(TapDevices.TryCreate("present0", owner: 0));

        MachineException failure = FailToBoot("present0", "missing0");

        Assert.Equal(MachineError.InvalidConfiguration, failure.Error);
        Assert.Equal("cannot open the tap missing0 of the network interface second: there is no interface of this name; create it first", failure.Message);
        using RouteSocket socket = RouteSocket.Open();
        Assert.Null(Links.Find(socket, "missing0"));
        TapDevices.Open("present0").Dispose();
    });

    [Fact]
    public void An_interface_that_is_not_a_tap_is_named() => OwnNamespace.Run(() =>
    {
        MachineException failure = FailToBoot("lo");

        Assert.Equal(MachineError.InvalidConfiguration, failure.Error);
        Assert.Contains("cannot open the tap lo of the network interface first: the interface of this name is not a tap", failure.Message);
    });

    [Fact]
    public void A_tap_in_use_is_named_and_the_others_are_closed_again() => OwnNamespace.Run(() =>
    {
        Assert.True(TapDevices.TryCreate("free0", owner: 0));
        Assert.True(TapDevices.TryCreate("used0", owner: 0));
        using SafeFileHandle user = TapDevices.Open("used0");

        MachineException failure = FailToBoot("free0", "used0");

        Assert.Equal(MachineError.VmmFailed, failure.Error);
        Assert.StartsWith("cannot open the tap used0 of the network interface second: it is in use", failure.Message);
        TapDevices.Open("free0").Dispose();
    });

    [Fact]
    public void A_tap_is_free_again_when_qemu_did_not_start() => OwnNamespace.Run(() =>
    {
        Assert.True(TapDevices.TryCreate("free0", owner: 0));
        File.WriteAllText(Lab["not-a-program"], "no program");
        File.SetUnixFileMode(Lab["not-a-program"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        MachineException failure = Fail(Driver.CreateWith(Lab["not-a-program"]).Configure(With(Lab.Plain, "free0")));

        Assert.Equal(MachineError.VmmFailed, failure.Error);
        TapDevices.Open("free0").Dispose();
    });

    private MachineException FailToBoot(params string[] taps) => Fail(Lab.Configure(plain => With(plain, taps)));

    /// <summary>Waits instead of awaiting: the boot has to run in the namespace of this thread.</summary>
    private static MachineException Fail(IMachine machine)
    {
        try
        {
            MachineException failure = Assert.Throws<MachineException>(() => machine.BootAsync().WaitAsync(Deadlines.Guest).GetAwaiter().GetResult());
            Assert.Equal(MachineExitKind.Crashed, EndOf(machine).GetAwaiter().GetResult().Kind);
            return failure;
        }
        finally
        {
            machine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static MachineConfiguration With(MachineConfiguration plain, params string[] taps) => plain with
    {
        NetworkInterfaces =
            [.. taps.Zip(["first", "second"]).Select((pair, index) => new MachineNetworkInterface(pair.Second, pair.First, [2, 0, 0, 0, 0, (byte)index]))],
    };
}
