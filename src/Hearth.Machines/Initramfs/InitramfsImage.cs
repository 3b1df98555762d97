using Hearth.Machines.Kernel;

namespace Hearth.Machines.Initramfs;

/// <summary>
/// The guest's first root: <c>/init</c>, <c>/dev/console</c> and the modules that this guest needs, as
/// <c>/lib/modules-hearth/NN-name.ko</c> in the order in which they are to be loaded. An uncompressed cpio archive: what the
/// kernel would save reading it, it would lose unpacking it.
/// </summary>
public static class InitramfsImage
{
    /// <summary>Where the modules lie in the guest.</summary>
    public const string ModulesDirectory = "lib/modules-hearth";

    private const uint Executable = 0b111_101_101;
    private const uint ReadableOnly = 0b100_100_100;
    private const uint OwnerOnly = 0b110_000_000;

    /// <summary>Writes the archive. The same kernel, init and modules give the same bytes.</summary>
    /// <param name="path">The file to write or replace; one that could not be finished is removed.</param>
    /// <param name="initPath">The program to run as /init: static, or with everything that it needs within itself.</param>
    /// <param name="kernel">Where the modules come from.</param>
    /// <param name="modules">
    /// What the guest needs, the driver's <see cref="IMachineDriver.GuestModules"/> and the file systems' names. Those that the
    /// kernel has built in are left out, those that they depend on are added.
    /// </param>
    /// <exception cref="KernelException">The kernel has one of them neither built in nor as a module.</exception>
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

    /// <summary>The stored modules behind a wish list and all that they depend on, in the order in which to load them.</summary>
    internal static IReadOnlyList<KernelModule> Select(KernelEntry kernel, IEnumerable<string> wanted)
    {
        HashSet<string> needed = [.. wanted];
        foreach (string module in needed)
        {
            if (kernel.HasModuleOrFeature(module) == false)
            {
                throw new KernelException(
                    KernelError.ModuleMissing, $"The kernel {kernel.Name} has {module} neither built in nor as a module: import another kernel.");
            }
        }

        // Each module stands after those that it depends on, so that from the end backwards one pass finds all.
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
