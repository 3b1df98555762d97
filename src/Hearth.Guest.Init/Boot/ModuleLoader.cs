using Hearth.Linux;
using Hearth.Linux.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Boot;

/// <summary>
/// Loads the kernel modules that the initramfs brings, in the order of their file names (<c>00-virtio_ring.ko</c>, ...): its
/// writer put each behind those that it needs.
/// </summary>
internal static class ModuleLoader
{
    /// <summary>Where the initramfs has them; the directory is missing where the kernel needs none.</summary>
    internal const string ModulesDirectory = "/lib/modules-hearth";

    /// <summary>Loads all; one that fails does not keep the others from being tried.</summary>
    /// <returns>Which failed and why: it matters only to what needs them.</returns>
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
                // Built in, or loaded by another's side: there is what was wanted.
            }
            catch (LinuxException failure)
            {
                failures.Add(failure.Message);
            }
        }

        return failures;
    }
}
