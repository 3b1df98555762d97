using System.Runtime.CompilerServices;

namespace Hearth.Linux.Terminals;

/// <summary>struct termios as the kernel has it (TCGETS): 36 bytes, not glibc's 60.</summary>
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
