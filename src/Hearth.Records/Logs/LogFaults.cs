namespace Hearth.Records.Logs;

/// <summary>The faults of a log. Each is reported once as long as it lasts. Guarded by the log's own lock.</summary>
internal sealed class LogFaults
{
    /// <summary>Only the newest are kept: while a container lives, a disk may become full and be emptied any number of times.</summary>
    private const int MostKept = 16;

    private readonly Queue<string> kept = new();
    private readonly List<string> untold = [];
    private string? lasting;

    /// <summary>The last fault.</summary>
    public string Last { get; private set; } = "";

    public IReadOnlyList<string> ToList() => [.. kept];

    /// <summary>Adds a fault that happened once.</summary>
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

    /// <summary>Adds a fault that lasts until <see cref="Recover"/>.</summary>
    public void AddLasting(string fault)
    {
        if (lasting != fault)
        {
            lasting = fault;
            Add(fault);
        }
    }

    public void Recover() => lasting = null;

    /// <summary>Returns the faults added since the last call.</summary>
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
