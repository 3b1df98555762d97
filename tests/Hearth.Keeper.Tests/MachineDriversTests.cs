using Hearth.Containers;
using Hearth.Keeper.Machines;
using Hearth.Keeper.Tests.Support;
using Hearth.Linux.Processes;
using Hearth.Machines;

namespace Hearth.Keeper.Tests;

/// <summary>Which VMM takes a guest, and what is told of it.</summary>
public sealed class MachineDriversTests
{
    private static readonly FakeDriver Firecracker = new(() => throw new InvalidOperationException("only its name is asked for"));

    [Theory]
    [InlineData(VmmKind.Auto, Accelerator.Auto, null, "fake", "KVM is usable")]
    [InlineData(VmmKind.Auto, Accelerator.Kvm, null, "fake", "KVM is usable")]
    [InlineData(VmmKind.Auto, Accelerator.Auto, "there is no KVM", "qemu", "cannot be used: there is no KVM")]
    [InlineData(VmmKind.Auto, Accelerator.Tcg, null, "qemu", "emulation was asked for")]
    [InlineData(VmmKind.Qemu, Accelerator.Auto, null, "qemu", "asked for")]
    [InlineData(VmmKind.Qemu, Accelerator.Tcg, "there is no KVM", "qemu", "asked for")]
    [InlineData(VmmKind.Firecracker, Accelerator.Kvm, null, "fake", "asked for")]
    public void The_vmm_is_chosen_by_what_is_wanted_and_what_can_be_had(VmmKind wanted, Accelerator accelerator, string? obstacle, string vmm, string reason)
    {
        MachineChoice choice = MachineDrivers.Choose(wanted, accelerator, HostEnvironment.Empty, Firecracker, () => obstacle);

        Assert.Equal(vmm, choice.Driver.Vmm);
        Assert.Contains(reason, choice.Reason);
    }

    [Theory]
    [InlineData(Accelerator.Auto, "KVM is not usable", HearthError.HostUnsuitable, "cannot be used: KVM is not usable; '--vmm qemu'")]
    [InlineData(Accelerator.Tcg, null, HearthError.InvalidRequest, "leave out '--accel tcg'")]
    public void What_was_demanded_and_cannot_be_had_is_an_error_with_the_next_step(Accelerator accelerator, string? obstacle, HearthError error, string message)
    {
        HearthException refusal = Assert.Throws<HearthException>(
            () => MachineDrivers.Choose(VmmKind.Firecracker, accelerator, HostEnvironment.Empty, Firecracker, () => obstacle));

        Assert.Equal(error, refusal.Error);
        Assert.Contains(message, refusal.Message);
    }

    [Fact]
    public void Where_what_is_left_is_missing_too_both_are_told()
    {
        MachineChoice choice = new(new FakeDriver(() => throw new MachineException(MachineError.VmmMissing, "QEMU is not there")), "Firecracker cannot be used: there is no KVM");

        MachineException refusal = Assert.Throws<MachineException>(() => choice.Configure(null!));

        Assert.Equal((MachineError.VmmMissing, "QEMU is not there; Firecracker cannot be used: there is no KVM"), (refusal.Error, refusal.Message));
    }
}
