using Hearth.Containers;
using Hearth.Records.Rotation;

namespace Hearth.Records.Starts;

/// <summary>The starts of containers, also of removed ones: some thousand lines beside the journal of events.</summary>
/// <param name="directories">The directories that hold the journal.</param>
public sealed class StartJournal(HearthDirectories directories)
{
    private const string FileName = "starts";

    /// <summary>Some two thousand records.</summary>
    private const long FullSize = 4 << 20;

    private readonly RotatedName name = new(directories.Events, FileName);

    private JournalFile File => new(name, FullSize);

    /// <summary>Appends a record. If it cannot be written, it is lost, and the start goes on.</summary>
    /// <returns>Why it is lost; null if it is not.</returns>
    public string? Append(StartRecord start)
    {
        try
        {
            File.Append(start.ToJson());
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"cannot write the report of the start of '{start.Name}' to '{name.Current}': {exception.Message}";
        }
    }

    /// <summary>Opens the journal for one reading.</summary>
    /// <param name="follow">True to continue with records that are appended from now on.</param>
    /// <exception cref="HearthException">The journal cannot be read.</exception>
    public JournalReading<StartRecord> Open(bool follow) =>
        new(File.Read(follow, line => StartRecord.Parse(line)?.RecordedAt), StartRecord.Parse, _ => true, new ReadingDeadline(null, null, TimeProvider.System));
}
