namespace Hearth.DiskImages;

/// <summary>Collects where files start, in arrays of exactly the needed size.</summary>
internal sealed class FileStarts(int count)
{
    private readonly uint[] startsInBlocks = new uint[count];
    private readonly int[] nodes = new int[count];
    private int next;

    /// <summary>Stores nothing: during measuring, the starts of files are not known yet.</summary>
    public static FileStarts None => new(0);

    public void Add(long startInBlocks, int node)
    {
        if (next < nodes.Length)
        {
            startsInBlocks[next] = checked((uint)startInBlocks);
            nodes[next++] = node;
        }
    }

    public FileExtents ToExtents() => new(startsInBlocks, nodes);
}
