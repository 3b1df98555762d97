namespace Hearth.Linux.Terminals;

/// <summary>struct winsize.</summary>
public readonly struct TerminalSize(ushort rows, ushort columns)
{
    public ushort Rows { get; } = rows;

    public ushort Columns { get; } = columns;

    private readonly ushort widthInPixels;
    private readonly ushort heightInPixels;
}
