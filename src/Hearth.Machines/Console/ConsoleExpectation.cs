using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Machines.Console;

/// <summary>Waits for two texts on a guest's console and captures the text between them.</summary>
/// <param name="before">The first text.</param>
/// <param name="after">The second text; empty to wait for the first alone.</param>
internal sealed class ConsoleExpectation(byte[] before, byte[] after)
{
    /// <summary>
    /// The longest captured text, a word or a number. If the second text is farther away, this occurrence of the first does not
    /// count.
    /// </summary>
    private const int MostBytesBetween = 64;

    private readonly TaskCompletionSource<string> met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte> seen = [];

    internal Task<string> Met => met.Task;

    /// <summary>Receives the next bytes; the texts may be spread over several calls.</summary>
    internal void See(ReadOnlySpan<byte> bytes)
    {
        seen.AddRange(bytes);
        ReadOnlySpan<byte> rest = CollectionsMarshal.AsSpan(seen);
        for (int start; (start = rest.IndexOf(before)) >= 0; rest = rest[(start + before.Length)..])
        {
            ReadOnlySpan<byte> behind = rest[(start + before.Length)..];
            int length = behind[..Math.Min(behind.Length, MostBytesBetween + after.Length)].IndexOf(after);
            if (length >= 0)
            {
                met.TrySetResult(Encoding.UTF8.GetString(behind[..length]));
                return;
            }
        }

        int kept = before.Length + MostBytesBetween + after.Length;
        seen.RemoveRange(0, Math.Max(0, seen.Count - kept));
    }
}
