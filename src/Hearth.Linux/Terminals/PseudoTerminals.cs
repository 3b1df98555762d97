using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Terminals;

/// <summary>Pseudo terminals (pts(4), ioctl_tty(2)).</summary>
public static partial class PseudoTerminals
{
    private const int ReadWrite = 2;
    private const int NoControllingTerminal = 0x100;
    private const int CloseOnExec = 0x80000;

    private const uint LockSlave = 0x40045431;
    private const uint GetNumber = 0x80045430;
    private const uint SetSize = 0x5414;
    private const uint GetSize = 0x5413;
    internal const uint SetControllingTerminal = 0x540e;
    private const uint GetAttributes = 0x5401;
    private const uint CanonicalMode = 0x2;
    private const int EndOfFileCharacter = 4;

    /// <summary>Creates a terminal and returns its master side, unlocked and closed on exec; the caller owns it.</summary>
    /// <param name="ptmxPath">The ptmx node of the devpts instance in which the slave appears.</param>
    /// <param name="number">The slave's name in that instance.</param>
    public static SafeFileHandle Create(string ptmxPath, out int number)
    {
        SafeFileHandle master = Open(ptmxPath);
        int unlocked = 0;
        number = 0;
        if (ioctl(master, LockSlave, ref unlocked) != 0 || ioctl(master, GetNumber, ref number) != 0)
        {
            using (master)
            {
                throw LinuxException.FromLastError("ioctl", ptmxPath);
            }
        }

        return master;
    }

    /// <summary>Opens a terminal for reading and writing without making it the controlling terminal; the caller owns it.</summary>
    public static SafeFileHandle Open(string path)
    {
        SafeFileHandle terminal = open(path, ReadWrite | NoControllingTerminal | CloseOnExec);
        if (terminal.IsInvalid)
        {
            throw LinuxException.FromLastError("open", path);
        }

        return terminal;
    }

    /// <summary>Makes a terminal the controlling terminal of the calling session leader.</summary>
    public static void TakeControl(SafeFileHandle terminal)
    {
        int noForce = 0;
        if (ioctl(terminal, SetControllingTerminal, (nint)noForce) != 0)
        {
            throw LinuxException.FromLastError("ioctl TIOCSCTTY");
        }
    }

    /// <summary>Sets the size; the kernel sends SIGWINCH to the foreground process group.</summary>
    public static void Resize(SafeFileHandle terminal, TerminalSize size)
    {
        if (ioctl(terminal, SetSize, ref size) != 0)
        {
            throw LinuxException.FromLastError("ioctl TIOCSWINSZ");
        }
    }

    public static TerminalSize ReadSize(SafeFileHandle terminal)
    {
        TerminalSize size = default;
        if (ioctl(terminal, GetSize, ref size) != 0)
        {
            throw LinuxException.FromLastError("ioctl TIOCGWINSZ");
        }

        return size;
    }

    /// <summary>The character that ends the input when typed; null if the terminal passes every byte through (raw mode).</summary>
    public static byte? ReadEndOfFileCharacter(SafeFileHandle terminal)
    {
        TerminalAttributes attributes = default;
        if (ioctl(terminal, GetAttributes, ref attributes) != 0)
        {
            throw LinuxException.FromLastError("ioctl TCGETS");
        }

        return (attributes.LocalFlags & CanonicalMode) != 0 ? attributes.Characters[EndOfFileCharacter] : null;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, ref int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, ref TerminalSize argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, ref TerminalAttributes argument);
}
