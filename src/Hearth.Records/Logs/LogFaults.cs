namespace Hearth.Records.Logs;

/// <summary>What went wrong with a log, each once as long as it lasts. Guarded by the log's own lock.</summary>
internal sealed class LogFaults
{
    /// <summary>The newest stay: a disk may fill up and be emptied for as long as a container lives.</summary>
    private const int MostKept = 16;

    private readonly Queue<string> kept = new();
    private readonly List<string> untold = [];
    private string? lasting;

    /// <summary>The last one.</summary>
    public string Last { get; private set; } = "";

    public IReadOnlyList<string> ToList() => [.. kept];

    /// <summary>Something that happened once.</summary>
    public void Add(string fault)
    {
        Last = fault;
        untold.Add(fault);
        kept.Enqueue(fault);
        if (kept.Count > MostKept)
        {
            kept.Dequeue();
        }
    }

    /// <summary>Something that goes on until <see cref="Recover"/>.</summary>
    public void AddLasting(string fault)
    {
        if (lasting != fault)
        {
            lasting = fault;
            Add(fault);
        }
    }

    public void Recover() => lasting = null;

    /// <summary>Those that came since the last call.</summary>
    public string[] TakeUntold()
    {
        if (untold.Count == 0)
        {
            return [];
        }

        string[] taken = [.. untold];
        untold.Clear();
        return taken;
    }
}
