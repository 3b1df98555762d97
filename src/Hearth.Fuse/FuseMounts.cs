using Hearth.Linux;
using Hearth.Linux.Mounts;

namespace Hearth.Fuse;

/// <summary>Mounts that sessions have left behind.</summary>
internal static class FuseMounts
{
    /// <summary>The mount's type is "fuse." and this.</summary>
    internal const string Subtype = "hearth";

    /// <summary>
    /// Removes the mount of a session whose process was killed: each access to one fails with ENOTCONN. A mount that is
    /// served, of another kind, or none is left alone. Only <see cref="FuseSession.StartAt"/> can leave one.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="FuseException">It could not be removed.</exception>
    public static bool DetachStale(string mountPoint)
    {
        string path = Path.GetFullPath(mountPoint);
        if (!IsOurs(path) || !IsDisconnected(path))
        {
            return false;
        }

        try
        {
            DetachedMounts.Detach(path);
            return true;
        }
        catch (LinuxException failure)
        {
            throw Transport.FuseFailures.OfAttach(path, failure);
        }
    }

    /// <summary>Whether the mount seen at a path is one of a session: proc_pid_mountinfo(5), the last line with that path counts.</summary>
    private static bool IsOurs(string path)
    {
        string? seen = File.ReadLines("/proc/self/mountinfo").LastOrDefault(line => Unescape(line.Split(' ')[4]) == path);
        return seen is not null && seen.Contains($" - fuse.{Subtype} ", StringComparison.Ordinal);
    }

    private static bool IsDisconnected(string path)
    {
        try
        {
            File.ReadAllBytes(Path.Combine(path, Subtype));
            return false;
        }
        catch (IOException failure)
        {
            return (failure.HResult & 0xFFFF) == (int)Errno.ENOTCONN;
        }
    }

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits.</summary>
    private static string Unescape(string field) => field
        .Replace("\\040", " ", StringComparison.Ordinal)
        .Replace("\\011", "\t", StringComparison.Ordinal)
        .Replace("\\012", "\n", StringComparison.Ordinal)
        .Replace("\\134", "\\", StringComparison.Ordinal);
}
