namespace Hearth.Remote;

/// <summary>
/// How far a sequence of records was read, so that the next reading goes on there: the time of the last one, and how many have that time.
/// </summary>
internal sealed class SeenMoments
{
    private int count;
    private int repeated;

    /// <summary>Null before the first record.</summary>
    public DateTimeOffset? Last { get; private set; }

    /// <summary>The next reading begins, with the records of <see cref="Last"/>.</summary>
    public void BeginAgain() => repeated = count;

    /// <returns>False for a record that was read before.</returns>
    public bool IsNew(DateTimeOffset time)
    {
        if (time == Last && repeated > 0)
        {
            repeated--;
            return false;
        }

        count = time == Last ? count + 1 : 1;
        repeated = 0;
        Last = time;
        return true;
    }
}
