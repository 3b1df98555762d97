using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar;

/// <summary>
/// The extended attributes that belong in an archive: file capabilities, access lists, and the attributes that users and root
/// set. Security labels and attributes private to a file system are meaningful only where they are, and are left out.
/// </summary>
internal sealed class NodeAttributes
{
    private const string Capability = "security.capability";
    private const string UserPrefix = "user.";
    private const string TrustedPrefix = "trusted.";
    private const string OverlayPrefix = "trusted.overlay.";
    private const string AccessLists = "system.posix_acl_";

    /// <summary>XATTR_SIZE_MAX and XATTR_LIST_MAX.</summary>
    private const int MostBytes = 65536;

    private readonly byte[] names = new byte[MostBytes];
    private readonly byte[] value = new byte[MostBytes];

    /// <summary>True for an attribute that any owner of a file may set and that grants no privilege.</summary>
    internal static bool IsUsers(string name) => name.StartsWith(UserPrefix, StringComparison.Ordinal);

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
            string text = ByteText.Decode(name);
            if (BelongsIntoArchive(text) && HeldAttributes.TryGet(node, name, value, out int count) == Errno.None)
            {
                found.Add(KeyValuePair.Create(text, value[..count]));
            }
        }

        return found;
    }

    private static bool BelongsIntoArchive(string name) => name == Capability || IsUsers(name) || name.StartsWith(AccessLists, StringComparison.Ordinal)
        || (name.StartsWith(TrustedPrefix, StringComparison.Ordinal) && !name.StartsWith(OverlayPrefix, StringComparison.Ordinal));
}
