namespace Hearth.Images.Lazy;

/// <summary>Recognises readers that read a layer in order, several at once, and says how far to fetch ahead of them. Thread-safe.</summary>
internal sealed class SequentialReads
{
    private const int MostReaders = 8;
    private const int MostSpans = 64;

    private readonly Lock gate = new();

    /// <summary>The one that missed last is the last.</summary>
    private readonly List<Reader> readers = [];

    /// <summary>A read misses some spans.</summary>
    /// <param name="first">The first span that is not there.</param>
    /// <param name="last">The last one that is fetched for it.</param>
    /// <param name="most">The last one that may be fetched ahead.</param>
    /// <returns>The last one to fetch: <paramref name="last"/> at a reader's first miss, then further at each.</returns>
    public int Extend(int first, int last, int most)
    {
        lock (gate)
        {
            int known = readers.FindIndex(reader => first > reader.First && first <= reader.Next);
            int ahead = known < 0 ? 0 : Math.Min(Math.Max(1, 2 * readers[known].Ahead), MostSpans);
            int next = known < 0 ? 0 : readers[known].Next;
            int end = Math.Max(last, Math.Min(last + ahead, most));
            if (known >= 0 || readers.Count == MostReaders)
            {
                readers.RemoveAt(Math.Max(known, 0));
            }

            readers.Add(new Reader(first, Math.Max(next, end + 1), ahead));
            return end;
        }
    }

    /// <param name="First">Where its last miss began.</param>
    /// <param name="Next">The first span that was not fetched for it.</param>
    /// <param name="Ahead">How many spans were fetched ahead at its last miss.</param>
    private readonly record struct Reader(int First, int Next, int Ahead);
}
