using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.OciRuntime;

/// <summary>
/// Descriptors that this process was given by whoever started it. Engines wait for the end of pipes that they leave open in
/// their runtime: no process that lives longer may have them.
/// </summary>
internal static class InheritedDescriptors
{
    private const int LastStandard = 2;

    /// <summary>Has every descriptor but the standard ones close in processes that this one starts.</summary>
    public static void Seal()
    {
        foreach (string path in Directory.GetFiles("/proc/self/fd"))
        {
            if (!int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number <= LastStandard)
            {
                continue;
            }

            using SafeFileHandle descriptor = new(number, ownsHandle: false);
            try
            {
                DescriptorIO.SetCloseOnExec(descriptor);
            }
            catch (LinuxException exception) when (exception.Errno == Errno.EBADF)
            {
                // The listing's own.
            }
        }
    }
}
