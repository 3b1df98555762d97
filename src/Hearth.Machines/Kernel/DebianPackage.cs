using System.ComponentModel;
using System.Diagnostics;

namespace Hearth.Machines.Kernel;

/// <summary>A .deb file, unpacked by dpkg-deb.</summary>
internal static class DebianPackage
{
    internal static bool Is(string path) => path.EndsWith(".deb", StringComparison.Ordinal) && File.Exists(path);

    internal static void Unpack(string package, string directory)
    {
        ProcessStartInfo start = new("dpkg-deb", ["--extract", package, directory]) { RedirectStandardError = true };
        try
        {
            using Process dpkg = Process.Start(start)!;
            string complaint = dpkg.StandardError.ReadToEnd();
            dpkg.WaitForExit();
            if (dpkg.ExitCode != 0)
            {
                throw new KernelException(KernelError.ToolFailed, $"cannot unpack {package} with dpkg-deb: {complaint.Trim()}");
            }
        }
        catch (Win32Exception e)
        {
            throw new KernelException(
                KernelError.ToolFailed,
                $"cannot unpack {package}: cannot start the program dpkg-deb ({e.Message}); unpack the package and import the directory",
                e);
        }
    }
}
