using System.Runtime.InteropServices;

namespace Hearth.Machines.Console;

/// <summary>A text that somebody waits for on a guest's console.</summary>
internal sealed class ConsoleExpectation(byte[] wanted)
{
    private readonly TaskCompletionSource met = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<byte> seen = [];

    internal Task Met => met.Task;

    /// <summary>Takes the next bytes; the text may be spread over several calls.</summary>
    internal void See(ReadOnlySpan<byte> bytes)
    {
        seen.AddRange(bytes);
        if (CollectionsMarshal.AsSpan(seen).IndexOf(wanted) >= 0)
        {
            met.TrySetResult();
        }
        else if (seen.Count > wanted.Length)
        {
            seen.RemoveRange(0, seen.Count - wanted.Length);
        }
    }
}
