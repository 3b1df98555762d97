using System.Text;

namespace Hearth.Tar;

/// <summary>
/// The name of an archive entry as a path relative to the destination directory. It has no leading slash, no empty component
/// and no <c>.</c>, and never contains <c>..</c>.
/// </summary>
internal sealed class ArchivePath
{
    private readonly byte[][] components;

    private ArchivePath(byte[][] components) => this.components = components;

    /// <summary>True for the destination directory itself.</summary>
    internal bool IsDirectoryItself => components.Length == 0;

    internal int Depth => components.Length;

    /// <summary>The last component, with a NUL right behind the span.</summary>
    internal ReadOnlySpan<byte> Name => Component(Depth - 1);

    /// <summary>One component, with a NUL right behind the span.</summary>
    internal ReadOnlySpan<byte> Component(int index) => Terminated(components[index]);

    /// <summary>Splits a name into components.</summary>
    /// <param name="name">The name in the archive.</param>
    /// <param name="firstName">Replaces the first component, a leading <c>.</c> included; null to keep it.</param>
    /// <exception cref="ArchiveException">The name contains <c>..</c> or is not a valid name.</exception>
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
                throw new ArchiveException(TarError.Refused, $"{Encoding.UTF8.GetString(name)}: the name in the archive contains '..'");
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
            ? throw new ArchiveException(TarError.Refused, $"the archive contains the invalid name '{Encoding.UTF8.GetString(name)}'")
            : new ArchivePath([.. components]);
    }

    /// <summary>The path of one of its parent directories, with a NUL right behind the span.</summary>
    /// <param name="depth">The number of leading components.</param>
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
