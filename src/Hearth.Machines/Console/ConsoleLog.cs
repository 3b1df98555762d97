using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Machines.Console;

/// <summary>
/// The output of a guest's console: the last lines in memory and, if a file is configured, the newest output up to the file's
/// limit. One thread appends; other threads may wait for texts in the output.
/// </summary>
internal sealed class ConsoleLog : IDisposable
{
    /// <summary>The number of lines in an error message.</summary>
    private const int TailLines = 12;

    /// <summary>Enough for those lines and for the first line of a panic, which comes some lines before them.</summary>
    private const int TailBytes = 16 << 10;

    private static readonly byte[] PanicWords = [.. "Kernel panic - not syncing"u8];

    private readonly int limit;
    private readonly List<byte> tail = [];
    private readonly List<ConsoleExpectation> expectations = [];
    private FileStream? file;
    private string? logFailure;
    private bool sawPanic;

    /// <param name="path">The file to create or overwrite; null for none.</param>
    /// <param name="limitInBytes">The largest size of the file; when it is full, its older half is removed.</param>
    internal ConsoleLog(string? path, int limitInBytes)
    {
        limit = limitInBytes;
        file = path is null ? null : new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    }

    /// <summary>The kernel's first line about a panic; null if there was none.</summary>
    internal string? Panic { get; private set; }

    /// <summary>The last lines, oldest first, without control characters.</summary>
    internal IReadOnlyList<string> Tail =>
        [.. Lines().Where(line => line.Length > 0).TakeLast(TailLines), .. logFailure is null ? (string[])[] : [logFailure]];

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        tail.AddRange(bytes);
        NotePanic(bytes);
        if (tail.Count > 2 * TailBytes)
        {
            tail.RemoveRange(0, tail.Count - TailBytes);
        }

        Report(bytes);
        Store(bytes);
    }

    /// <summary>Waits for a text that is appended from now on.</summary>
    /// <returns>A task that completes when the text has been appended. It has no timeout; the caller sets one.</returns>
    internal Task Expect(string text) => Expect(text, after: "");

    /// <summary>Waits for two texts that are appended from now on.</summary>
    /// <returns>A task that completes with the text between them when both have been appended.</returns>
    internal Task<string> Expect(string before, string after)
    {
        ConsoleExpectation next = new(Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after));
        lock (expectations)
        {
            expectations.Add(next);
        }

        return next.Met;
    }

    public void Dispose() => file?.Dispose();

    private void Report(ReadOnlySpan<byte> bytes)
    {
        lock (expectations)
        {
            foreach (ConsoleExpectation expectation in expectations)
            {
                expectation.See(bytes);
            }

            expectations.RemoveAll(expectation => expectation.Met.IsCompleted);
        }
    }

    /// <summary>Splits the output into lines only after a panic was seen and its line is complete: bytes arrive a few at a time.</summary>
    private void NotePanic(ReadOnlySpan<byte> added)
    {
        ReadOnlySpan<byte> recent = CollectionsMarshal.AsSpan(tail)[Math.Max(0, tail.Count - added.Length - PanicWords.Length)..];
        sawPanic |= recent.IndexOf(PanicWords) >= 0;
        if (sawPanic && Panic is null && added.Contains((byte)'\n'))
        {
            Panic = Lines().FirstOrDefault(line => line.Contains("Kernel panic - not syncing", StringComparison.Ordinal));
        }
    }

    /// <summary>Writes to the file. If that fails, the file ends there, the last lines report it, and the guest continues.</summary>
    private void Store(ReadOnlySpan<byte> bytes)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            Store(file, bytes);
        }
        catch (IOException failure)
        {
            file.Dispose();
            file = null;
            logFailure = $"(the console log ends early: {failure.Message})";
        }
    }

    private void Store(FileStream file, ReadOnlySpan<byte> bytes)
    {
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
