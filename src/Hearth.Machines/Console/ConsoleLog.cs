using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Machines.Console;

/// <summary>
/// What a guest writes to its console: the last lines in memory, and where a file is wanted, as much of the newest as may
/// be there. One thread appends; others may wait for what it appends.
/// </summary>
internal sealed class ConsoleLog : IDisposable
{
    /// <summary>Lines that a person reads in an error message.</summary>
    private const int TailLines = 12;

    /// <summary>Enough for those lines and for a panic's first one, which stands some way before them.</summary>
    private const int TailBytes = 16 << 10;

    private static readonly byte[] PanicWords = [.. "Kernel panic - not syncing"u8];

    private readonly int limit;
    private readonly List<byte> tail = [];
    private readonly List<ConsoleExpectation> expectations = [];
    private FileStream? file;
    private string? logFailure;
    private bool sawPanic;

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

        Tell(bytes);
        Store(bytes);
    }

    /// <summary>Waits for a text that is appended from now on.</summary>
    /// <returns>What completes when the text is there; whoever awaits it brings the deadline.</returns>
    internal Task Expect(string text) => Expect(text, after: "");

    /// <summary>Waits for two texts that are appended from now on.</summary>
    /// <returns>What completes with what stands between them, when both are there.</returns>
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

    private void Tell(ReadOnlySpan<byte> bytes)
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

    /// <summary>Bytes come a few at a time and seldom tell of a panic: lines are made only when one does, and is whole.</summary>
    private void NotePanic(ReadOnlySpan<byte> added)
    {
        ReadOnlySpan<byte> recent = CollectionsMarshal.AsSpan(tail)[Math.Max(0, tail.Count - added.Length - PanicWords.Length)..];
        sawPanic |= recent.IndexOf(PanicWords) >= 0;
        if (sawPanic && Panic is null && added.Contains((byte)'\n'))
        {
            Panic = Lines().FirstOrDefault(line => line.Contains("Kernel panic - not syncing", StringComparison.Ordinal));
        }
    }

    /// <summary>A file that takes no more ends there, and the tail says so; the guest goes on.</summary>
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
            logFailure = $"(the console's log ends early: {failure.Message})";
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
