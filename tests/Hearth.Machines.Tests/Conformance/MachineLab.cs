using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>
/// One test's machines and files. Disposing of it fails the test if a process, socket or file of a machine's is left over.
/// </summary>
internal sealed class MachineLab : IDisposable
{
    internal static readonly MachineChannel Channel = new("conformance.channel", 10241);

    private readonly TemporaryDirectory directory = new();
    private readonly DriverUnderTest driver;

    internal MachineLab(DriverUnderTest driver, GuestImages images)
    {
        this.driver = driver;
        string id = "conformance-" + Guid.NewGuid().ToString("n")[..12];
        Plain = new MachineConfiguration
        {
            Id = id,
            RunDirectory = Directory.CreateDirectory(directory["run"]).FullName,
            KernelPath = TestKernels.Newest().ImagePath,
            InitramfsPath = images.InitramfsFor(driver),
            KernelArguments = ["rdinit=" + GuestScript.Path],
            Channel = Channel,
            Confinement = driver.Confinement,
        };
    }

    /// <summary>A machine without drives, for tests to change one thing of.</summary>
    internal MachineConfiguration Plain { get; }

    /// <summary>A path for a file of the test's own, outside the run directory.</summary>
    internal string this[string name] => directory[name];

    internal IMachine Configure(Func<MachineConfiguration, MachineConfiguration>? change = null) =>
        driver.Create().Configure(change is null ? Plain : change(Plain));

    /// <summary>Boots a machine whose guest serves the channel.</summary>
    internal async Task<ServingGuest> BootAsync(Func<MachineConfiguration, MachineConfiguration>? change = null) =>
        await ServingGuest.BootAsync(Configure(change));

    /// <summary>Boots a machine whose guest does something else.</summary>
    internal async Task<IMachine> BootAsync(params string[] furtherArguments)
    {
        IMachine machine = Configure(plain => plain with { KernelArguments = [.. plain.KernelArguments, .. furtherArguments] });
        await machine.BootAsync().WaitAsync(Deadlines.Guest);
        return machine;
    }

    /// <summary>Writes a drive's file with bytes that tell drives apart.</summary>
    internal string MakeDrive(string name, int sectors, int seed)
    {
        byte[] content = new byte[sectors * 512];
        new Random(seed).NextBytes(content);
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    /// <summary>Removes what a machine leaves whose owner was killed.</summary>
    internal void TidyUpAfterKilledOwner()
    {
        foreach (string name in driver.LeftByKilledOwner)
        {
            string path = Path.Combine(Plain.RunDirectory, name);
            if (Directory.Exists(path))
            {
                Directory.Delete(path);
            }

            File.Delete(path);
        }

        foreach (string trace in driver.Create().TracesOf(Plain).Where(Directory.Exists))
        {
            if (trace.StartsWith("/sys/", StringComparison.Ordinal))
            {
                // A process that is gone from /proc may not be out of its control group yet.
                Assert.True(SpinWait.SpinUntil(() => !File.ReadAllText(Path.Combine(trace, "cgroup.events")).Contains("populated 1", StringComparison.Ordinal), Deadlines.Death), $"{trace} has processes");
                Directory.Delete(trace);
            }
            else
            {
                Directory.Delete(trace, recursive: true);
            }
        }
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
            foreach (int pid in HostProcesses.Find(Plain.Id))
            {
                HostProcesses.Signal(pid, 9);
            }

            directory.Dispose();
        }
    }
}
