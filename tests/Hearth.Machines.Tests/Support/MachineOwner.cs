using System.Diagnostics;
using System.Globalization;
using Hearth.Machines.Tests.Conformance;

namespace Hearth.Machines.Tests.Support;

/// <summary>
/// A program of its own that boots a machine and stays: what happens to the machine when its owner dies is to be seen from
/// outside. It says <see cref="Booting"/>, then the VMM's pid.
/// </summary>
internal sealed class MachineOwner : IDisposable
{
    internal const string Mode = "own-a-machine";
    internal const string Booting = "booting";

    private readonly Process process;

    private MachineOwner(Process process) => this.process = process;

    /// <summary>Starts the program with one machine.</summary>
    internal static MachineOwner Start(DriverUnderTest driver, MachineConfiguration machine)
    {
        ProcessStartInfo info = new(
            Environment.ProcessPath!,
            [Mode, driver.GetType().FullName!, machine.Id, machine.RunDirectory, machine.KernelPath, machine.InitramfsPath, .. machine.KernelArguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new MachineOwner(Process.Start(info)!);
    }

    /// <summary>The owner's side: runs until its standard input ends.</summary>
    internal static async Task<int> RunAsync(string[] words)
    {
        if (words is not [string driverType, string id, string runDirectory, string kernel, string initramfs, .. string[] kernelArguments])
        {
            throw new ArgumentException($"{Mode} DRIVER ID RUN-DIRECTORY KERNEL INITRAMFS [ARGUMENT...]");
        }

        DriverUnderTest driver = (DriverUnderTest)Activator.CreateInstance(Type.GetType(driverType)!)!;
        await using IMachine machine = driver.Create().Configure(new MachineConfiguration
        {
            Id = id,
            RunDirectory = runDirectory,
            KernelPath = kernel,
            InitramfsPath = initramfs,
            KernelArguments = kernelArguments,
            Channel = MachineLab.Channel,
            Confinement = driver.Confinement,
        });
        global::System.Console.WriteLine(Booting);
        await machine.BootAsync();
        global::System.Console.WriteLine(machine.ProcessId.ToString(CultureInfo.InvariantCulture));
        await global::System.Console.In.ReadToEndAsync();
        return 0;
    }

    internal async Task<string?> ReadLineAsync() => await process.StandardOutput.ReadLineAsync().WaitAsync(Deadlines.Guest);

    /// <summary>SIGKILL, which nobody can prepare for.</summary>
    internal async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Deadlines.Guest);
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
    }
}
