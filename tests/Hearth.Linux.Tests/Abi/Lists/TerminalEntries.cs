namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Terminals.</summary>
internal static class TerminalEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Terminals.PseudoTerminals")
        {
            ["ReadWrite"] = "O_RDWR",
            ["NoControllingTerminal"] = "O_NOCTTY",
            ["CloseOnExec"] = "O_CLOEXEC",
            ["LockSlave"] = "TIOCSPTLCK",
            ["GetNumber"] = "TIOCGPTN",
            ["SetSize"] = "TIOCSWINSZ",
            ["GetSize"] = "TIOCGWINSZ",
            ["SetControllingTerminal"] = "TIOCSCTTY",
            ["GetAttributes"] = "TCGETS",
            ["CanonicalMode"] = "ICANON",
            ["EndOfFileCharacter"] = "VEOF",
        },
        new("Terminals.TerminalModes")
        {
            ["GetAttributes"] = "TCGETS",
            ["SetAttributesAfterOutput"] = "TCSETSW",
            ["InputTranslation"] = "(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON)",
            ["OutputTranslation"] = "OPOST",
            ["LocalEditing"] = "(ISIG | ICANON | ECHO | ECHONL | IEXTEN)",
            ["Echo"] = "ECHO",
            ["CharacterSizeMask"] = "CSIZE",
            ["ParityEnabled"] = "PARENB",
            ["EightBits"] = "CS8",
            ["MinimumCount"] = "VMIN",
            ["Timeout"] = "VTIME",
        },
        new("Terminals.TerminalAttributes", "struct termios")
        {
            ["InputFlags"] = "c_iflag",
            ["OutputFlags"] = "c_oflag",
            ["ControlFlags"] = "c_cflag",
            ["LocalFlags"] = "c_lflag",
            ["LineDiscipline"] = "c_line",
            ["Characters"] = "c_cc",
        },
        new("Terminals.TerminalSize", "struct winsize")
        {
            ["Rows"] = "ws_row",
            ["Columns"] = "ws_col",
            ["widthInPixels"] = "ws_xpixel",
            ["heightInPixels"] = "ws_ypixel",
        },
    ];
}
