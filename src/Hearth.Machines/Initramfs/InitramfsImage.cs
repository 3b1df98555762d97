using Hearth.Machines.Kernel;

namespace Hearth.Machines.Initramfs;

/// <summary>
/// The guest's first root directory: <c>/init</c>, <c>/dev/console</c> and the modules that this guest needs, as
/// <c>/lib/modules-hearth/NN-name.ko</c> in the order of loading. It is an uncompressed cpio archive: compression would save
/// time for reading and cost the same for unpacking.
/// </summary>
public static class InitramfsImage
{
    /// <summary>The directory of the modules in the guest.</summary>
    public const string ModulesDirectory = "lib/modules-hearth";

    private const uint Executable = 0b111_101_101;
    private const uint ReadableOnly = 0b100_100_100;
    private const uint OwnerOnly = 0b110_000_000;

    /// <summary>Writes the archive. The same kernel, init and modules produce the same bytes.</summary>
    /// <param name="path">The file to write or replace; it is removed if writing fails.</param>
    /// <param name="initPath">The program to run as /init: statically linked or self-contained.</param>
    /// <param name="kernel">The source of the modules.</param>
    /// <param name="modules">
    /// The modules that the guest needs: the driver's <see cref="IMachineDriver.GuestModules"/> and the names of file systems.
    /// Modules that are built into the kernel are omitted; dependencies are added.
    /// </param>
    /// <exception cref="KernelException">A module is neither built into the kernel nor stored with it.</exception>
    public static void Write(string path, string initPath, KernelEntry kernel, IEnumerable<string> modules)
    {
        IReadOnlyList<KernelModule> ordered = Select(kernel, modules);
        try
        {
            using FileStream output = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
            CpioWriter archive = new(output);
            archive.AddDirectory("dev", Executable);
            archive.AddCharacterDevice("dev/console", OwnerOnly, major: 5, minor: 1);
            archive.AddFile("init", Executable, initPath);
            archive.AddDirectory("lib", Executable);
            archive.AddDirectory(ModulesDirectory, Executable);
            for (int i = 0; i < ordered.Count; i++)
            {
                archive.AddFile($"{ModulesDirectory}/{i:00}-{ordered[i].Name}.ko", ReadableOnly, kernel.ModulePath(ordered[i]));
            }

            archive.Finish();
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Selects the stored modules among the requested names, and their dependencies, in the order of loading.</summary>
    internal static IReadOnlyList<KernelModule> Select(KernelEntry kernel, IEnumerable<string> wanted)
    {
        HashSet<string> needed = [.. wanted];
        foreach (string module in needed)
        {
            if (kernel.HasModuleOrFeature(module) == false)
            {
                throw new KernelException(
                    KernelError.ModuleMissing,
                    $"the kernel {kernel.Name} has {module} neither built in nor as a module: import another kernel");
            }
        }

        // Each module is listed after its dependencies, so one pass from the end to the start finds all of them.
        for (int i = kernel.Modules.Count - 1; i >= 0; i--)
        {
            if (needed.Contains(kernel.Modules[i].Name))
            {
                needed.UnionWith(kernel.Modules[i].DependsOn);
            }
        }

        return [.. kernel.Modules.Where(module => needed.Contains(module.Name))];
    }
}
