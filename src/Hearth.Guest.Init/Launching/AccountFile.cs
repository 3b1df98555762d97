using System.Globalization;
using System.Text;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Launching;

/// <summary>
/// A file of colon-separated lines, as in passwd(5) and group(5). It comes from an image, so its content is untrusted. A line
/// with too few fields is ignored, as in the C library.
/// </summary>
internal sealed class AccountFile
{
    /// <summary>A hundred thousand accounts are 6 MiB; more is not an account file, but perhaps a link to /dev/zero.</summary>
    private const int MaxBytes = 16 << 20;

    private readonly string text;
    private readonly int leastFields;

    private AccountFile(string text, int leastFields)
    {
        this.text = text;
        this.leastFields = leastFields;
    }

    /// <summary>The fields of each account. Parsed lazily, since most searches end near the beginning.</summary>
    internal IEnumerable<string[]> Lines
    {
        get
        {
            foreach (string line in text.Split('\n'))
            {
                string[] fields = line.Split(':');
                if (fields.Length >= leastFields && fields[0].Length > 0 && !fields[0].StartsWith('#'))
                {
                    yield return fields;
                }
            }
        }
    }

    internal static AccountFile Parse(string text, int leastFields) => new(text, leastFields);

    /// <summary>Reads a file; a missing one has no accounts.</summary>
    /// <exception cref="LaunchException">The file is larger than 16 MiB, or cannot be read.</exception>
    internal static AccountFile Load(ContainerTree tree, string path, int leastFields)
    {
        using SafeFileHandle? file = tree.TryOpenForReading(path);
        if (file is null)
        {
            return new AccountFile("", leastFields);
        }

        using MemoryStream content = new();
        byte[] buffer = new byte[16384];
        int count;
        while ((count = DescriptorIO.Read(file, buffer)) > 0)
        {
            content.Write(buffer, 0, count);
            if (content.Length > MaxBytes)
            {
                throw new LaunchException(StartFailure.UnknownUser, $"cannot read the image's {path}: it is above {MaxBytes >> 20} MiB");
            }
        }

        return new AccountFile(Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length), leastFields);
    }

    /// <summary>Returns the first line with this name; null if there is none.</summary>
    internal string[]? FindName(string name) => Find(fields => fields[0] == name);

    /// <summary>Returns the first line with this number in its third field; null if there is none.</summary>
    internal string[]? FindId(uint id) => Find(fields => TryParseId(fields[2], out uint found) && found == id);

    /// <summary>Parses an id: 32 bits, of which the highest value means "none" to the kernel.</summary>
    internal static bool TryParseId(string text, out uint id) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id != uint.MaxValue;

    private string[]? Find(Predicate<string[]> predicate)
    {
        foreach (string[] fields in Lines)
        {
            if (predicate(fields))
            {
                return fields;
            }
        }

        return null;
    }
}
