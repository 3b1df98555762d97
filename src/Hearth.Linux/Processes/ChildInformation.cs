using System.Runtime.InteropServices;

namespace Hearth.Linux.Processes;

/// <summary>siginfo_t as waitid(2) fills it for SIGCHLD: 128 bytes, of which these are used.</summary>
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
