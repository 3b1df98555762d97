using System.Text;

namespace Hearth.Machines.Processes;

/// <summary>A VMM's own words on its standard error, of which an error message wants the first.</summary>
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

    /// <summary>All of them as one line; empty where there are none.</summary>
    public override string ToString() =>
        string.Join("; ", text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
