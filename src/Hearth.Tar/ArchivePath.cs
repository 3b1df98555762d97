using System.Text;

namespace Hearth.Tar;

/// <summary>
/// A name of an archive as a way downward from the directory that it is unpacked into: no leading slash, nothing empty, no
/// <c>.</c>, and never <c>..</c>.
/// </summary>
internal sealed class ArchivePath
{
    private readonly byte[][] components;

    private ArchivePath(byte[][] components) => this.components = components;

    /// <summary>True for the directory itself.</summary>
    internal bool IsDirectoryItself => components.Length == 0;

    internal int Depth => components.Length;

    /// <summary>The last component, with a NUL right behind the span.</summary>
    internal ReadOnlySpan<byte> Name => Component(Depth - 1);

    /// <summary>One component, with a NUL right behind the span.</summary>
    internal ReadOnlySpan<byte> Component(int index) => Terminated(components[index]);

    /// <summary>Takes a name apart.</summary>
    /// <param name="name">As the archive has it.</param>
    /// <param name="firstName">Takes the place of the first component, a leading <c>.</c> included; null to keep it.</param>
    /// <exception cref="ArchiveException">It leads upward, or cannot be a name.</exception>
    internal static ArchivePath Parse(ReadOnlySpan<byte> name, byte[]? firstName)
    {
        List<byte[]> components = [];
        bool isFirst = true;
        foreach (Range range in name.Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = name[range];
            if (component.IsEmpty)
            {
                continue;
            }

            if (component.SequenceEqual(".."u8))
            {
                throw new ArchiveException(TarError.Refused, $"{Encoding.UTF8.GetString(name)}: a name of the archive leads upward ('..')");
            }

            if (isFirst && firstName is not null)
            {
                components.Add(firstName);
            }
            else if (!component.SequenceEqual("."u8))
            {
                components.Add(component.ToArray());
            }

            isFirst = false;
        }

        return name.Contains((byte)0) || name.IsEmpty
            ? throw new ArchiveException(TarError.Refused, $"'{Encoding.UTF8.GetString(name)}' of the archive cannot be a name")
            : new ArchivePath([.. components]);
    }

    /// <summary>The way to one of its directories, with a NUL right behind the span.</summary>
    /// <param name="depth">How many components of it.</param>
    internal ReadOnlySpan<byte> Prefix(int depth)
    {
        using MemoryStream path = new();
        for (int i = 0; i < depth; i++)
        {
            path.Write(i == 0 ? [] : "/"u8);
            path.Write(components[i]);
        }

        return Terminated(path.ToArray());
    }

    public override string ToString() => IsDirectoryItself ? "." : Encoding.UTF8.GetString(Prefix(Depth));

    private static ReadOnlySpan<byte> Terminated(byte[] text)
    {
        byte[] terminated = new byte[text.Length + 1];
        text.CopyTo(terminated, 0);
        return terminated.AsSpan(0, text.Length);
    }
}
