using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>siginfo_t as filled by waitid(2) for SIGCHLD: 128 bytes; only the used fields have names.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct ChildInformation
{
    [FieldOffset(0)]
    internal int SignalNumber;

    [FieldOffset(8)]
    internal int Code;

    [FieldOffset(16)]
    internal int Pid;

    [FieldOffset(24)]
    internal int Status;
}
