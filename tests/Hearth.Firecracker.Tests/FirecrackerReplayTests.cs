using Hearth.Firecracker.Api;
using Hearth.Firecracker.Tests.Api;
using Hearth.Firecracker.Tests.Support;

namespace Hearth.Firecracker.Tests;

/// <summary>The API client against what Firecracker v1.13.1 itself once answered, on a host without KVM.</summary>
public sealed class FirecrackerReplayTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task A_recorded_session_is_replayed()
    {
        RecordedSession session = RecordedSession.Load();
        await using ScriptedApi api = ScriptedApi.Listen(directory["api.sock"], session.Answer);
        await using FirecrackerClient client = new(directory["api.sock"]);

        Assert.Equal("recorded", (await client.GetInstanceAsync()).Id);
        Assert.Equal("1.13.1", await client.GetVersionAsync());
        Assert.Equal(128, (await client.GetMachineConfigAsync()).MemSizeMib);
        MachineConfig wanted = new() { VcpuCount = 2, MemSizeMib = 256 };
        await client.PutMachineConfigAsync(wanted);
        await AssertRefused("The number of vCPUs must be greater than 0", () => client.PutMachineConfigAsync(wanted with { VcpuCount = 0 }));
        Assert.Equal(2, (await client.GetMachineConfigAsync()).VcpuCount);
        await AssertRefused("The kernel file cannot be opened", () => client.PutBootSourceAsync(new BootSource { KernelImagePath = "nowhere" }));
        await client.PutBootSourceAsync(new BootSource { KernelImagePath = "kernel", InitrdPath = "initramfs", BootArgs = "console=ttyS0 reboot=k" });
        Drive drive = new() { DriveId = "root", IsRootDevice = false, PathOnHost = "drive", IsReadOnly = true };
        await AssertRefused("(os error 2) missing", () => client.PutDriveAsync(drive with { PathOnHost = "missing" }));
        await client.PutDriveAsync(drive);
        await client.PutVsockAsync(new Vsock { GuestCid = 3, UdsPath = "vsock.sock" });
        await client.PutEntropyAsync(new EntropyDevice());
        await client.PutNetworkInterfaceAsync(new NetworkInterface { IfaceId = "eth0", HostDevName = "nosuchtap0" });
        await client.PutBalloonAsync(new Balloon { AmountMib = 16, DeflateOnOom = true, StatsPollingIntervalS = 0 });
        Assert.Equal(16, (await client.GetBalloonAsync()).AmountMib);

        FullVmConfiguration whole = await client.GetConfigurationAsync();
        Assert.Equal((256, "kernel", "vsock.sock"), (whole.MachineConfig!.MemSizeMib, whole.BootSource!.KernelImagePath, whole.Vsock!.UdsPath));
        Assert.Equal(("drive", DriveEngine.Sync, "nosuchtap0"), (whole.Drives![0].PathOnHost, whole.Drives[0].IoEngine!.Value, whole.NetworkInterfaces![0].HostDevName));

        await AssertRefused("not supported before starting the microVM", () => client.PauseAsync());
        await AssertRefused("not supported before starting the microVM", () => client.SendCtrlAltDelAsync());
        await AssertRefused("Error creating KVM object: No such file or directory", () => client.StartInstanceAsync());
        Assert.Equal("recorded", (await client.GetInstanceAsync()).Id);

        Assert.Equal((0, 1), (session.Left, api.ConnectionCount));
    }

    private static async Task AssertRefused(string words, Func<Task> act)
    {
        FirecrackerException refusal = await Assert.ThrowsAsync<FirecrackerException>(act);
        Assert.Equal((FirecrackerFault.Refused, 400), (refusal.Fault, refusal.Status));
        Assert.Contains(words, refusal.FaultMessage);
    }
}
