using Hearth.Fuse.Transport;
using Hearth.Linux;
using Hearth.Linux.Mounts;

namespace Hearth.Fuse;

/// <summary>Mounts that sessions have left behind.</summary>
internal static class FuseMounts
{
    /// <summary>The mount's type is "fuse." followed by this subtype.</summary>
    internal const string Subtype = "hearth";

    /// <summary>
    /// Removes the mount of a session whose process was killed: every access to it fails with ENOTCONN. A mount that is being
    /// served, of another kind, or missing is left alone. Only <see cref="FuseSession.StartAt"/> can leave one.
    /// </summary>
    /// <returns>Whether a stale mount was removed.</returns>
    /// <exception cref="FuseException">The mount cannot be removed.</exception>
    public static bool DetachStale(string mountPoint)
    {
        string path = Path.GetFullPath(mountPoint);
        if (MountTable.TopAt(path)?.Type != $"fuse.{Subtype}" || !IsDisconnected(path))
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
            throw FuseFailures.OfAttach(path, failure);
        }
    }

    private static bool IsDisconnected(string path)
    {
        try
        {
            // Any name works, as long as the server answers: that the file does not exist, or with the open file.
            File.OpenHandle(Path.Combine(path, Subtype)).Dispose();
            return false;
        }
        catch (IOException failure)
        {
            return (failure.HResult & 0xFFFF) == (int)Errno.ENOTCONN;
        }
    }
}
