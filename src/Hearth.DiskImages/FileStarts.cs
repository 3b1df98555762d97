namespace Hearth.DiskImages;

/// <summary>Collects where files start, in arrays that fit exactly.</summary>
internal sealed class FileStarts(int count)
{
    private readonly uint[] startsInBlocks = new uint[count];
    private readonly int[] nodes = new int[count];
    private int next;

    /// <summary>Takes nothing: measuring does not know yet where files start.</summary>
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
