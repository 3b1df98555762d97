using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol;
using Hearth.Linux.Processes;
using Hearth.Machines;
using Hearth.Machines.Initramfs;
using Hearth.Machines.Kernel;
using Hearth.Machines.Qemu;

[assembly: AssemblyFixture(typeof(GuestParts))]

namespace Hearth.Guest.Init.Tests.Support;

/// <summary>
/// What guests are booted from, made once: the kernel of HEARTH_TEST_KERNELS and the init of HEARTH_TEST_INIT, or this
/// checkout's, and a SquashFS root with busybox under all of its names.
/// </summary>
public sealed class GuestParts : IDisposable
{
    private const string KernelsVariable = "HEARTH_TEST_KERNELS";
    private const string InitVariable = "HEARTH_TEST_INIT";

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-init-tests-").FullName;
    private readonly Lazy<string> initramfs;
    private readonly Lazy<string> root;

    public GuestParts()
    {
        initramfs = new(MakeInitramfs);
        root = new(MakeRoot);
    }

    /// <summary>The program under test, as published.</summary>
    internal static string InitProgram
    {
        get
        {
            string path = Environment.GetEnvironmentVariable(InitVariable) ?? Path.Combine(FindRepository(), "artifacts", "bin", "hearth-init");
            Assert.SkipUnless(File.Exists(path), $"there is no {path}: run './dev programs', or name the program in {InitVariable}");
            return path;
        }
    }

    internal string RootDrive => root.Value;

    private static KernelEntry Kernel
    {
        get
        {
            string store = Environment.GetEnvironmentVariable(KernelsVariable) ?? Path.Combine(FindRepository(), "artifacts", "share", "hearth", "kernels");
            Assert.SkipUnless(new KernelStore(store).List().Any(entry => !entry.AdHoc), $"there is no kernel in {store}: run './dev programs', or name a store in {KernelsVariable}");
            return new KernelStore(store).Find();
        }
    }

    /// <summary>A machine with init in it.</summary>
    internal IMachine Configure(string id, IReadOnlyList<MachineDrive> drives, IReadOnlyList<string> kernelArguments, string? consoleLog) =>
        new QemuDriver(HostEnvironment.Empty, Accelerator.Tcg).Configure(new MachineConfiguration
        {
            Id = id,
            RunDirectory = directory,
            KernelPath = Kernel.ImagePath,
            InitramfsPath = initramfs.Value,
            KernelArguments = kernelArguments,
            Drives = drives,
            ConsoleLogPath = consoleLog,
            Channel = new MachineChannel(GuestProtocol.SerialPortName, GuestProtocol.VsockPort),
        });

    /// <summary>A path for a test's own file.</summary>
    internal string this[string name] => Path.Combine(directory, name);

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Hearth.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no Hearth.slnx above {AppContext.BaseDirectory}");
    }

    private string MakeInitramfs()
    {
        string path = this["initramfs.cpio"];
        InitramfsImage.Write(path, InitProgram, Kernel, [.. new QemuDriver(HostEnvironment.Empty, Accelerator.Tcg).GuestModules, "squashfs", "overlay"]);
        return path;
    }

    private string MakeRoot()
    {
        string tree = Directory.CreateDirectory(this["root"]).FullName;
        foreach (string name in (string[])["bin", "etc", "tmp", "var/tmp", "run", "home/worker", "proc", "sys", "dev", "cache"])
        {
            Directory.CreateDirectory(Path.Combine(tree, name));
        }

        File.Copy("/bin/busybox", Path.Combine(tree, "bin/busybox"));
        foreach (string name in Tool.Run(tree, "/bin/busybox", "--list").Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(name => name != "busybox"))
        {
            File.CreateSymbolicLink(Path.Combine(tree, "bin", name), "busybox");
        }

        File.WriteAllText(Path.Combine(tree, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n");
        File.WriteAllText(Path.Combine(tree, "etc/hostname"), "of-the-image\n");
        File.WriteAllText(Path.Combine(tree, "etc/hosts"), "127.0.0.1 of-the-image\n");
        File.WriteAllText(Path.Combine(tree, "etc/group"), "root:x:0:\nworker:x:1000:\nteam:x:2000:worker,other\n");
        File.WriteAllText(Path.Combine(tree, "bin/not-executable"), "#!/bin/sh\n");
        WriteProgram(Path.Combine(tree, "bin/no-interpreter"), "#!/bin/of-nobody\n");
        WriteProgram(Path.Combine(tree, "bin/no-format"), "\u0001\u0002\u0003 this is no program\n");
        Tool.Run(tree, "mksquashfs", tree, this["root.img"], "-all-root", "-noappend", "-no-progress", "-quiet");
        return this["root.img"];
    }

    private static void WriteProgram(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }
}
