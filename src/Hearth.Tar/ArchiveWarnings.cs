namespace Hearth.Tar;

/// <summary>What packing or unpacking left out or changed. The first few warnings are kept, the rest only counted.</summary>
public sealed class ArchiveWarnings
{
    private const int MostTold = 16;

    private readonly List<string> told = [];
    private int untold;

    public IReadOnlyList<string> All => untold == 0 ? told : [.. told, $"and {untold} more warnings"];

    public void Add(string warning)
    {
        if (told.Count < MostTold)
        {
            told.Add(warning);
        }
        else
        {
            untold++;
        }
    }
}
