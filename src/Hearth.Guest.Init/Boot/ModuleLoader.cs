using Hearth.Linux;
using Hearth.Linux.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Boot;

/// <summary>
/// Loads the kernel modules in the initramfs, in the order of their file names (<c>00-virtio_ring.ko</c>, ...). The writer of
/// the initramfs put each module after those that it needs.
/// </summary>
internal static class ModuleLoader
{
    /// <summary>The modules' directory in the initramfs. It is missing if the kernel needs no modules.</summary>
    internal const string ModulesDirectory = "/lib/modules-hearth";

    /// <summary>Loads all modules, also after one has failed.</summary>
    /// <returns>The failures. They matter only to what needs the modules.</returns>
    internal static IReadOnlyList<string> LoadAll(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return [];
        }

        List<string> failures = [];
        string[] files = Directory.GetFiles(directory, "*.ko");
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
        {
            try
            {
                using SafeFileHandle module = File.OpenHandle(file);
                KernelModules.Load(module, parameters: "", Path.GetFileName(file));
            }
            catch (LinuxException failure) when (failure.Errno == Errno.EEXIST)
            {
                // It is built in, or already loaded because of another module.
            }
            catch (LinuxException failure)
            {
                failures.Add(failure.Message);
            }
        }

        return failures;
    }
}
