using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.FileTree.Walking;

/// <summary>
/// Reads extended attributes into the walk's sets. Does not ask again on a device that has just reported no support for them.
/// </summary>
internal sealed class XattrReader(XattrSets sets)
{
    /// <summary>XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h.</summary>
    private const int MostBytes = 65536;

    /// <summary>
    /// Enough for the names that most files have. For every file, the kernel allocates and clears as many bytes as it is
    /// offered: offering 64 KiB each time makes a walk a quarter slower.
    /// </summary>
    private const int UsualBytes = 256;

    private readonly byte[] names = new byte[MostBytes];
    private readonly byte[] value = new byte[MostBytes];
    private ulong? deviceWithoutXattrs;

    /// <returns>The number of the file's set, or -1 if it has none.</returns>
    public int Read(PendingDirectory directory, ReadOnlySpan<byte> name, ulong device, WalkRules rules)
    {
        if (deviceWithoutXattrs == device)
        {
            return -1;
        }

        Errno errno = ExtendedAttributes.TryList(directory.Descriptor!, name, names.AsSpan(0, UsualBytes), out int length);
        if (errno == Errno.ERANGE)
        {
            errno = ExtendedAttributes.TryList(directory.Descriptor!, name, names, out length);
        }

        switch (errno)
        {
            case Errno.None when length > 0:
                return ReadValues(directory, name, length, rules);
            case Errno.None or Errno.ENOENT:
                return -1;
            case Errno.EOPNOTSUPP:
                deviceWithoutXattrs = device;
                return -1;
            default:
                throw rules.Unreadable(errno, "list the extended attributes of", directory.PathOf(name.TrimEnd((byte)0)));
        }
    }

    private int ReadValues(PendingDirectory directory, ReadOnlySpan<byte> name, int length, WalkRules rules)
    {
        var xattrs = new List<Xattr>();
        for (int at = 0; at < length;)
        {
            int end = at + names.AsSpan(at, length - at).IndexOf((byte)0);
            Errno errno = ExtendedAttributes.TryGet(directory.Descriptor!, name, names.AsSpan(at), value, out int count);
            if (errno == Errno.None)
            {
                xattrs.Add(new Xattr(names.AsSpan(at, end - at).ToArray(), value.AsSpan(0, count).ToArray()));
            }
            else if (errno is not (Errno.ENODATA or Errno.ENOENT))
            {
                // An attribute that vanished between listing and reading is no error; anything else is.
                throw rules.Unreadable(errno, "read the extended attributes of", directory.PathOf(name.TrimEnd((byte)0)));
            }

            at = end + 1;
        }

        return sets.Intern(xattrs);
    }
}
