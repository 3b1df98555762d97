using System.Runtime.CompilerServices;

namespace Hearth.Linux.Processes;

/// <summary>struct sigaction of glibc on 64-bit: 152 bytes, a 128-byte mask among them.</summary>
internal struct SignalAction
{
    /// <summary>The handler's address; 0 for the default, 1 for ignoring.</summary>
    internal nint Handler;
    internal SignalMask Mask;
    internal int Flags;
    internal nint Restorer;
}

/// <summary>sigset_t of glibc.</summary>
[InlineArray(16)]
internal struct SignalMask
{
    private ulong first;
}
