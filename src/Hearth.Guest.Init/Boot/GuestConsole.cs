using System.Text;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Boot;

/// <summary>The machine's console, only for messages that cannot be sent over the channel.</summary>
internal static class GuestConsole
{
    private const string Device = "/dev/console";

    /// <summary>
    /// Makes the console this process's standard output and error, since an initramfs may start it without them.
    /// </summary>
    internal static void Take()
    {
        using SafeFileHandle nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using SafeFileHandle console = OpenOr(nothing);
        UseAs(nothing, 0);
        UseAs(console, 1);
        UseAs(console, 2);
    }

    internal static void Write(string message)
    {
        using SafeFileHandle standardError = new(2, ownsHandle: false);

        // A machine may have no console. Then the message is lost, but the failure itself still ends the guest.
        _ = DescriptorIO.TryWrite(standardError, Encoding.UTF8.GetBytes($"hearth-init: {message}\r\n"), out _);
    }

    private static SafeFileHandle OpenOr(SafeFileHandle fallback)
    {
        try
        {
            return Hearth.Linux.Terminals.PseudoTerminals.Open(Device);
        }
        catch (LinuxException)
        {
            return DescriptorIO.Duplicate(fallback);
        }
    }

    private static void UseAs(SafeFileHandle file, int number)
    {
        if (file.DangerousGetHandle() != number)
        {
            DescriptorIO.DuplicateTo(file, number);
        }
        else
        {
            file.SetHandleAsInvalid();
        }
    }
}
