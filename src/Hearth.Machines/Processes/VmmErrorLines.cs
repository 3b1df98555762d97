using System.Text;

namespace Hearth.Machines.Processes;

/// <summary>A VMM's output on standard error. Its beginning is kept for error messages.</summary>
internal sealed class VmmErrorLines
{
    private const int LimitInBytes = 4 << 10;

    private readonly StringBuilder text = new();

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (text.Length < LimitInBytes)
        {
            text.Append(Encoding.UTF8.GetString(bytes));
        }
    }

    /// <summary>The lines as one line; empty if there are none.</summary>
    public override string ToString() =>
        string.Join("; ", text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
