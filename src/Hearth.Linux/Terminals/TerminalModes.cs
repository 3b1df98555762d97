using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Terminals;

/// <summary>How a terminal processes input and output: TCGETS and TCSETSW of ioctl_tty(2), the flags of termios(3).</summary>
public static partial class TerminalModes
{
    private const uint GetAttributes = 0x5401;
    private const uint SetAttributesAfterOutput = 0x5403;

    /// <summary>IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON.</summary>
    private const uint InputTranslation = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;

    /// <summary>OPOST.</summary>
    private const uint OutputTranslation = 0x1;

    /// <summary>ISIG, ICANON, ECHO, ECHONL, IEXTEN.</summary>
    private const uint LocalEditing = 0x1 | 0x2 | 0x8 | 0x40 | 0x8000;

    /// <summary>ECHO.</summary>
    private const uint Echo = 0x8;

    private const uint CharacterSizeMask = 0x30;
    private const uint ParityEnabled = 0x100;
    private const uint EightBits = 0x30;
    private const int MinimumCount = 6;
    private const int Timeout = 5;

    public static bool IsTerminal(SafeFileHandle descriptor)
    {
        TerminalAttributes attributes = default;
        return ioctl(descriptor, GetAttributes, ref attributes) == 0;
    }

    /// <exception cref="LinuxException">The descriptor is not a terminal (ENOTTY).</exception>
    public static TerminalAttributes Read(SafeFileHandle terminal)
    {
        TerminalAttributes attributes = default;
        return ioctl(terminal, GetAttributes, ref attributes) == 0
            ? attributes
            : throw LinuxException.FromLastError("ioctl TCGETS");
    }

    /// <summary>Sets attributes after all output written so far has been transmitted.</summary>
    /// <exception cref="LinuxException">The descriptor is not a terminal, or the terminal has hung up (EIO).</exception>
    public static void Write(SafeFileHandle terminal, TerminalAttributes attributes)
    {
        while (ioctl(terminal, SetAttributesAfterOutput, ref attributes) != 0)
        {
            if ((Errno)Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                throw LinuxException.FromLastError("ioctl TCSETSW");
            }
        }
    }

    /// <summary>
    /// Returns the attributes changed to pass each key through as typed and to leave output unprocessed, as cfmakeraw(3)
    /// does.
    /// </summary>
    public static TerminalAttributes MakeRaw(TerminalAttributes attributes)
    {
        attributes.InputFlags &= ~InputTranslation;
        attributes.OutputFlags &= ~OutputTranslation;
        attributes.LocalFlags &= ~LocalEditing;
        attributes.ControlFlags = (attributes.ControlFlags & ~(CharacterSizeMask | ParityEnabled)) | EightBits;
        attributes.Characters[MinimumCount] = 1;
        attributes.Characters[Timeout] = 0;
        return attributes;
    }

    /// <summary>Returns the attributes changed to show no key that is typed.</summary>
    public static TerminalAttributes MakeSilent(TerminalAttributes attributes)
    {
        attributes.LocalFlags &= ~Echo;
        return attributes;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, ref TerminalAttributes argument);
}
