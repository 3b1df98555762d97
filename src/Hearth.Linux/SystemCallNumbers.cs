using System.Runtime.InteropServices;

namespace Hearth.Linux;

/// <summary>
/// Numbers of the system calls that glibc does not export, or that must bypass its wrapper. Extend it for other
/// architectures: x86-64 from asm/unistd_64.h, arm64 from asm-generic/unistd.h.
/// </summary>
internal static class SystemCallNumbers
{
    private static readonly bool IsArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static nint Read => IsArm64 ? 63 : 0;

    internal static nint Write => IsArm64 ? 64 : 1;

    internal static nint Close => IsArm64 ? 57 : 3;

    internal static nint SignalMask => IsArm64 ? 135 : 14;

    internal static nint IoCtl => IsArm64 ? 29 : 16;

    internal static nint Execve => IsArm64 ? 221 : 59;

    internal static nint ChangeDirectory => IsArm64 ? 49 : 80;

    internal static nint ChangeOwner => IsArm64 ? 55 : 93;

    internal static nint SetCreationMask => IsArm64 ? 166 : 95;

    internal static nint SetSid => IsArm64 ? 157 : 112;

    internal static nint ProcessControl => IsArm64 ? 167 : 157;

    internal static nint ChangeRoot => IsArm64 ? 51 : 161;

    internal static nint Mount => IsArm64 ? 40 : 165;

    internal static nint OpenAt => IsArm64 ? 56 : 257;

    internal static nint MakeDirectoryAt => IsArm64 ? 34 : 258;

    internal static nint MakeNodeAt => IsArm64 ? 33 : 259;

    internal static nint Unshare => IsArm64 ? 97 : 272;

    internal static nint Duplicate => IsArm64 ? 24 : 292;

    internal static nint ResourceLimit => IsArm64 ? 261 : 302;

    internal static nint SetNamespace => IsArm64 ? 268 : 308;

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

    /// <summary>faccessat2(2).</summary>
    internal static nint AccessAt => 439;

    /// <summary>Since Linux 6.13.</summary>
    internal static nint GetXattrAt => 464;

    /// <summary>Since Linux 6.13.</summary>
    internal static nint ListXattrAt => 465;
}
