using System.Globalization;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.OciRuntime;

/// <summary>
/// Descriptors that this process has inherited. Engines leave pipes open in their runtime and wait until they are closed. So no
/// process that lives longer may inherit them.
/// </summary>
internal static class InheritedDescriptors
{
    private const int LastStandard = 2;

    /// <summary>Sets close-on-exec on every descriptor except the standard ones.</summary>
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
                // This is the descriptor of the directory listing, closed by now.
            }
        }
    }
}
