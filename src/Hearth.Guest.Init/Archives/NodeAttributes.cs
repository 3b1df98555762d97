using System.Text;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Archives;

/// <summary>
/// The extended attributes that belong into an archive: file capabilities, and what users gave their files. Labels, access
/// lists and a file system's own have a meaning only where they are.
/// </summary>
internal sealed class NodeAttributes
{
    private const string Capability = "security.capability";
    private const string UserPrefix = "user.";

    /// <summary>XATTR_SIZE_MAX and XATTR_LIST_MAX.</summary>
    private const int MostBytes = 65536;

    private readonly byte[] names = new byte[MostBytes];
    private readonly byte[] value = new byte[MostBytes];

    internal IReadOnlyList<KeyValuePair<string, byte[]>> Read(SafeFileHandle node)
    {
        if (HeldAttributes.TryList(node, names, out int length) != Errno.None || length == 0)
        {
            return [];
        }

        List<KeyValuePair<string, byte[]>> found = [];
        for (int start = 0; start < length;)
        {
            ReadOnlySpan<byte> name = names.AsSpan(start, names.AsSpan(start).IndexOf((byte)0));
            start += name.Length + 1;
            string text = Encoding.UTF8.GetString(name);
            if ((text == Capability || text.StartsWith(UserPrefix, StringComparison.Ordinal))
                && HeldAttributes.TryGet(node, name, value, out int count) == Errno.None)
            {
                found.Add(KeyValuePair.Create(text, value[..count]));
            }
        }

        return found;
    }
}
