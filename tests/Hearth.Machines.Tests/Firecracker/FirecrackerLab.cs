using Hearth.Machines.Firecracker;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

/// <summary>
/// One test's machines on a stand-in for Firecracker. Disposing of it fails the test if a process or a file of a machine's is
/// left over.
/// </summary>
internal sealed class FirecrackerLab : IDisposable
{
    private static readonly KvmSupport Kvm = new(IsUsable: true, Opens: true, "as a test wants it");

    private readonly TemporaryDirectory directory = new();

    internal FirecrackerLab()
    {
        File.WriteAllBytes(directory["kernel"], TinyKernel.Make());
        File.WriteAllBytes(directory["initramfs"], new byte[512]);
        Plain = new MachineConfiguration
        {
            Id = "stand-in-" + Guid.NewGuid().ToString("n")[..12],
            RunDirectory = Directory.CreateDirectory(directory["run"]).FullName,
            KernelPath = directory["kernel"],
            InitramfsPath = directory["initramfs"],
            KernelArguments = ["hearth.channel=vsock"],
            Channel = new MachineChannel("none", 10241),
        };
    }

    internal MachineConfiguration Plain { get; }

    internal string this[string name] => directory[name];

    /// <summary>A machine on a stand-in.</summary>
    internal IMachine Configure(string behaviour = "", Func<MachineConfiguration, MachineConfiguration>? change = null, FirecrackerOptions? options = null) =>
        Driver(StandIn.Write(this["firecracker"], behaviour), options).Configure(change is null ? Plain : change(Plain));

    internal async Task<IMachine> BootAsync(string behaviour = "", Func<MachineConfiguration, MachineConfiguration>? change = null, FirecrackerOptions? options = null)
    {
        IMachine machine = Configure(behaviour, change, options);
        try
        {
            await machine.BootAsync().WaitAsync(Deadlines.Guest);
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    internal static FirecrackerDriver Driver(string program, FirecrackerOptions? options = null, KvmSupport? kvm = null) =>
        new(TestEnvironment.Own, program, options ?? new FirecrackerOptions(), () => kvm ?? Kvm);

    /// <summary>A boot that has to fail.</summary>
    internal async Task<(MachineException Failure, MachineExit Exit)> FailAsync(string behaviour, FirecrackerOptions? options = null)
    {
        await using IMachine machine = Configure(behaviour, options: options);
        MachineException failure = await Assert.ThrowsAsync<MachineException>(() => machine.BootAsync().WaitAsync(Deadlines.Guest));
        return (failure, await machine.Exited.WaitAsync(Deadlines.Guest));
    }

    internal string MakeDrive(string name)
    {
        File.WriteAllBytes(this[name], new byte[1024]);
        return this[name];
    }

    public void Dispose()
    {
        try
        {
            HostProcesses.AssertGone(Plain.Id);
            Assert.Empty(Directory.EnumerateFileSystemEntries(Plain.RunDirectory));
        }
        finally
        {
            directory.Dispose();
        }
    }
}
