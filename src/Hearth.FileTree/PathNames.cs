namespace Hearth.FileTree;

/// <summary>Paths as a walk through symbolic links needs them: as the names that are left.</summary>
internal static class PathNames
{
    /// <summary>The kernel's own limit of links in one walk (MAXSYMLINKS, linux/namei.h).</summary>
    public const int MostLinks = 40;

    /// <summary>Puts the names of a path on a stack, the first one on top. Empty ones and "." are left out.</summary>
    public static void Push(Stack<byte[]> left, ReadOnlySpan<byte> path)
    {
        for (int end = path.Length; end > 0;)
        {
            int start = path[..end].LastIndexOf((byte)'/') + 1;
            ReadOnlySpan<byte> name = path[start..end];
            if (name.Length > 0 && !name.SequenceEqual("."u8))
            {
                left.Push(name.ToArray());
            }

            end = start - 1;
        }
    }
}
