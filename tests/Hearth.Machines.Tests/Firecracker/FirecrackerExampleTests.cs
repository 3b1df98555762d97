using Hearth.Machines.Firecracker;
using Hearth.Machines.Firecracker.Api;
using Hearth.Machines.Tests.Firecracker.Api;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>The examples of docs/firecracker-sdk.md: they run, and stand there as they stand here.</summary>
public sealed class FirecrackerExampleTests : IDisposable
{
    private const string Page = "docs/firecracker-sdk.md";
    private const string Source = "tests/Hearth.Machines.Tests/Firecracker/FirecrackerExampleTests.cs";

    private readonly TemporaryDirectory place = new();
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public void The_page_shows_what_is_run_here()
    {
        string page = Checkout.Read(Page);
        string[] examples = [.. Checkout.Read(Source).Split("        // <" + "example>\n").Skip(1).Select(part => part.Split("        // </" + "example>")[0])];

        Assert.Equal(2, examples.Length);
        foreach (string example in examples)
        {
            Assert.Contains($"```csharp\n{example.Replace("\n        ", "\n", StringComparison.Ordinal)[8..]}```", page);
        }
    }

    [Fact]
    public async Task The_drivers_example_runs()
    {
        Assert.SkipUnless(KvmSupport.Inspect().Opens, "the driver's example needs /dev/kvm, even for a stand-in; the client's runs anywhere");
        string program = StandIn.Write(place["firecracker"], ""), directory = place.Path, kernel = place.Write("kernel", TinyKernel.Make());
        FirecrackerOptions options = new() { TrustKvm = true };
        string initramfs = place.Write("initramfs", new byte[512]), image = place.Write("image", new byte[512]), consoleLog = place["console"];

        // <example>
        FirecrackerDriver driver = new(program, options);
        await using IMachine machine = driver.Configure(new MachineConfiguration
        {
            Id = "example", RunDirectory = directory, KernelPath = kernel, InitramfsPath = initramfs,
            VirtualCpus = 2, MemoryInMiB = 512, Drives = [new MachineDrive("rootfs", image, ReadOnly: true)],
            Channel = new MachineChannel("unused", VsockPort: 1024), ConsoleLogPath = consoleLog,
        });
        await machine.BootAsync(cancellationToken);
        await using Stream channel = await machine.OpenChannelAsync(cancellationToken);
        await channel.WriteAsync("hello\n"u8.ToArray(), cancellationToken);
        // </example>

        Assert.Equal((byte)StandIn.Greeting[0], channel.ReadByte());
    }

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
