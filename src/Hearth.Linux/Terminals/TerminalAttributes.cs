using System.Runtime.CompilerServices;

namespace Hearth.Linux.Terminals;

/// <summary>The kernel's struct termios (TCGETS): 36 bytes, unlike glibc's 60.</summary>
public struct TerminalAttributes
{
    internal uint InputFlags;
    internal uint OutputFlags;
    internal uint ControlFlags;
    internal uint LocalFlags;
    internal byte LineDiscipline;
    internal ControlCharacters Characters;

    [InlineArray(19)]
    internal struct ControlCharacters
    {
        private byte first;
    }
}
