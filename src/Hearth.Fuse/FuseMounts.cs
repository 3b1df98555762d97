using Hearth.Fuse.Transport;
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
            // Any name will do, as long as the answer is the server's: that there is no such file, or the file, opened.
            File.OpenHandle(Path.Combine(path, Subtype)).Dispose();
            return false;
        }
        catch (IOException failure)
        {
            return (failure.HResult & 0xFFFF) == (int)Errno.ENOTCONN;
        }
    }
}
