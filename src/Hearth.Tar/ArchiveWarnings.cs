namespace Hearth.Tar;

/// <summary>What a copy left out or did otherwise. The first few are told, the rest counted.</summary>
public sealed class ArchiveWarnings
{
    private const int MostTold = 16;

    private readonly List<string> told = [];
    private int untold;

    public IReadOnlyList<string> All => untold == 0 ? told : [.. told, $"and {untold} more of the kind"];

    internal void Add(string warning)
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
