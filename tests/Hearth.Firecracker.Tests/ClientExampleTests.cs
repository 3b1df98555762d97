using Hearth.Firecracker.Api;
using Hearth.Firecracker.Tests.Api;
using Hearth.Firecracker.Tests.Support;

namespace Hearth.Firecracker.Tests;

/// <summary>The client's example of docs/firecracker-sdk.md: it runs, and the page shows what is here.</summary>
public sealed class ClientExampleTests : IDisposable
{
    private const string Page = "docs/firecracker-sdk.md";
    private const string Source = "tests/Hearth.Firecracker.Tests/ClientExampleTests.cs";

    private readonly TemporaryDirectory place = new();
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public void The_page_shows_what_is_run_here() => Checkout.RequireExample(Page, Source);

    [Fact]
    public async Task The_clients_example_runs()
    {
        string socket = place["api.sock"], kernel = "/vm/vmlinux", image = "/vm/rootfs.ext4", state = "/vm/state", memory = "/vm/memory";
        await using ScriptedApi server = ScriptedApi.Listen(socket);

        // <example>
        await using FirecrackerClient api = new(socket);
        string version = await api.GetVersionAsync(cancellationToken);
        await api.PutMachineConfigAsync(new MachineConfig { VcpuCount = 1, MemSizeMib = 256 }, cancellationToken);
        await api.PutBootSourceAsync(new BootSource { KernelImagePath = kernel, BootArgs = "reboot=k panic=-1" }, cancellationToken);
        await api.PutDriveAsync(new Drive { DriveId = "rootfs", PathOnHost = image, IsRootDevice = true, IsReadOnly = true }, cancellationToken);
        await api.StartInstanceAsync(cancellationToken);
        await api.PauseAsync(cancellationToken);
        await api.CreateSnapshotAsync(new SnapshotCreate { SnapshotPath = state, MemFilePath = memory }, cancellationToken);
        // </example>

        Assert.Equal((7, FirecrackerRelease.Version), (server.Calls.Count, version));
    }

    public void Dispose() => place.Dispose();
}
