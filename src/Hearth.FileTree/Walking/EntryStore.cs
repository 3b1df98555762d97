namespace Hearth.FileTree.Walking;

/// <summary>Entries with their names, filled by one thread. The entries of a directory are adjacent.</summary>
internal sealed class EntryStore : IDisposable
{
    public ChunkedList<FoundEntry> Entries { get; } = new();

    public TextPool Text { get; } = new();

    public ReadOnlySpan<byte> NameOf(in FoundEntry entry) => Text.Get(entry.Name, entry.NameLength);

    public void Dispose()
    {
        Entries.Dispose();
        Text.Dispose();
    }
}
