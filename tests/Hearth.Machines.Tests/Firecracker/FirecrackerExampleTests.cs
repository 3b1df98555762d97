using Hearth.Linux.Processes;
using Hearth.Machines.Firecracker;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>The driver's example of docs/firecracker-sdk.md: it runs, and the page shows what is here.</summary>
public sealed class FirecrackerExampleTests : IDisposable
{
    private const string Page = "docs/firecracker-sdk.md";
    private const string Source = "tests/Hearth.Machines.Tests/Firecracker/FirecrackerExampleTests.cs";

    private readonly TemporaryDirectory place = new();
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public void The_page_shows_what_is_run_here() => Checkout.RequireExample(Page, Source);

    [Fact]
    public async Task The_drivers_example_runs()
    {
        Assert.SkipUnless(KvmSupport.Inspect().Opens, "the driver's example needs /dev/kvm, even for a stand-in; the client's runs anywhere");
        string program = StandIn.Write(place["firecracker"], ""), directory = place.Path, kernel = place.Write("kernel", TinyKernel.Make());
        FirecrackerOptions options = new() { TrustKvm = true };
        HostEnvironment environment = HostEnvironment.Empty;
        string initramfs = place.Write("initramfs", new byte[512]), image = place.Write("image", new byte[512]), consoleLog = place["console"];

        // <example>
        FirecrackerDriver driver = new(environment, program, options);
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

    public void Dispose() => place.Dispose();
}
