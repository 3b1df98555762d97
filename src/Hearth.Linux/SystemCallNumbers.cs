using System.Runtime.InteropServices;

namespace Hearth.Linux;

/// <summary>
/// Numbers of the system calls that glibc does not export, or that must not go through its wrapper. The place to extend for
/// another architecture: x86-64 from asm/unistd_64.h, arm64 from asm-generic/unistd.h.
/// </summary>
internal static class SystemCallNumbers
{
    private static readonly bool IsArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static nint SetGroups => IsArm64 ? 159 : 116;

    internal static nint SetResUid => IsArm64 ? 147 : 117;

    internal static nint SetResGid => IsArm64 ? 149 : 119;

    internal static nint CapGet => IsArm64 ? 90 : 125;

    internal static nint CapSet => IsArm64 ? 91 : 126;

    internal static nint PivotRoot => IsArm64 ? 41 : 155;

    internal static nint FinitModule => IsArm64 ? 273 : 313;

    internal static nint GetDents64 => IsArm64 ? 61 : 217;

    internal static nint PidFdSendSignal => 424;

    internal static nint PidFdOpen => 434;

    internal static nint OpenAt2 => 437;

    /// <summary>Linux 6.13.</summary>
    internal static nint GetXattrAt => 464;

    /// <summary>Linux 6.13.</summary>
    internal static nint ListXattrAt => 465;

    internal static nint SignalAction => IsArm64 ? 134 : 13;

    internal static nint SignalMask => IsArm64 ? 135 : 14;
}
