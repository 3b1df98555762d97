using System.Text;
using Hearth.Linux;

namespace Hearth.FileTree.Walking;

/// <summary>Decides which entries a walk takes, and describes paths that cannot be read.</summary>
internal sealed class WalkRules(string root, WalkOptions options)
{
    private readonly PathPattern[] include = [.. options.Include.Select(pattern => new PathPattern(pattern))];
    private readonly PathPattern[] exclude = [.. options.Exclude.Select(pattern => new PathPattern(pattern))];

    public bool CrossMounts => options.CrossMounts;

    /// <summary>True if the root itself is only on the way to included paths.</summary>
    public bool IsRootOnTheWay => include.Length > 0 && !include.Any(pattern => pattern.Matches([]));

    public Selection Select(PendingDirectory directory, ReadOnlySpan<byte> name)
    {
        if (include.Length == 0 && exclude.Length == 0)
        {
            return Selection.Take;
        }

        byte[] path = directory.PathOf(name);
        if (exclude.Any(pattern => pattern.Matches(path)))
        {
            return Selection.Leave;
        }

        // Everything beneath a taken directory is taken, unless that directory is only on the way.
        if (!directory.IsOnTheWay || include.Any(pattern => pattern.Matches(path)))
        {
            return Selection.Take;
        }

        return include.Any(pattern => pattern.MayMatchBeneath(path)) ? Selection.OnTheWay : Selection.Leave;
    }

    /// <summary>The full path for messages.</summary>
    public string NameOf(byte[] path) => path.Length == 0 ? root : $"{root.TrimEnd('/')}/{Encoding.UTF8.GetString(path)}";

    /// <summary>The exception for a path below the root that cannot be read.</summary>
    public FileTreeException Unreadable(Errno errno, string act, byte[] path)
    {
        string full = NameOf(path);
        var cause = new LinuxException(act, errno, full);
        return errno is Errno.EACCES or Errno.EPERM
            ? new FileTreeException(FileTreeError.PermissionDenied, $"cannot {cause.Message}; run as a user who may read it (root with CAP_DAC_OVERRIDE), or leave it out with --exclude", cause)
            : new FileTreeException(FileTreeError.Unreadable, $"cannot {cause.Message}", cause);
    }
}

/// <summary>Whether an entry is taken.</summary>
internal enum Selection
{
    Take,
    Leave,

    /// <summary>A directory is entered, and taken only if something in it is.</summary>
    OnTheWay,
}
