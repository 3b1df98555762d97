using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Mounts;

/// <summary>Checks whether a file system keeps extended attributes named user.*: a tmpfs does since Linux 6.6.</summary>
internal static class UserAttributes
{
    private static ReadOnlySpan<byte> Probe => "user.hearth.probe\0"u8;

    /// <param name="directory">A directory in init's own root; the check leaves it unchanged.</param>
    internal static bool AreKept(string directory)
    {
        using SafeFileHandle held = RootedPaths.Hold(directory);
        return HeldAttributes.TrySet(held, Probe[..^1], [], flags: 0) == Errno.None && HeldAttributes.TryRemove(held, Probe[..^1]) == Errno.None;
    }
}
