using System.Text;

namespace Hearth.Machines.Console;

/// <summary>
/// What a guest writes to its console: the last lines in memory, and where a file is wanted, as much of the newest as may
/// be there. Used by one thread at a time.
/// </summary>
internal sealed class ConsoleLog : IDisposable
{
    /// <summary>Lines that a person reads in an error message.</summary>
    private const int TailLines = 12;

    /// <summary>Enough for those lines and for a panic's first one, which stands some way before them.</summary>
    private const int TailBytes = 16 << 10;

    private readonly FileStream? file;
    private readonly int limit;
    private readonly List<byte> tail = [];

    /// <param name="path">The file to write anew; null for none.</param>
    /// <param name="limitInBytes">What the file may hold; when it is full, its older half goes.</param>
    internal ConsoleLog(string? path, int limitInBytes)
    {
        limit = limitInBytes;
        file = path is null ? null : new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    /// <summary>The first line of the kernel's that tells of a panic; null where there was none.</summary>
    internal string? Panic { get; private set; }

    /// <summary>The last lines, oldest first, without what terminals do not print.</summary>
    internal IReadOnlyList<string> Tail => [.. Lines().Where(line => line.Length > 0).TakeLast(TailLines)];

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        tail.AddRange(bytes);
        Panic ??= Lines().FirstOrDefault(line => line.Contains("Kernel panic - not syncing", StringComparison.Ordinal));
        if (tail.Count > 2 * TailBytes)
        {
            tail.RemoveRange(0, tail.Count - TailBytes);
        }

        Store(bytes);
    }

    public void Dispose() => file?.Dispose();

    private void Store(ReadOnlySpan<byte> bytes)
    {
        if (file is null)
        {
            return;
        }

        if (bytes.Length > limit)
        {
            bytes = bytes[^limit..];
        }

        if (file.Length + bytes.Length > limit)
        {
            byte[] kept = new byte[Math.Min(limit - bytes.Length, limit / 2)];
            file.Position = Math.Max(0, file.Length - kept.Length);
            int count = file.ReadAtLeast(kept, kept.Length, throwOnEndOfStream: false);
            file.SetLength(0);
            file.Write(kept, 0, count);
        }

        file.Write(bytes);
    }

    private IEnumerable<string> Lines() => Encoding.UTF8.GetString([.. tail]).Split('\n').Select(Printable);

    private static string Printable(string line) => string.Concat(line.Where(character => !char.IsControl(character))).TrimEnd();
}
