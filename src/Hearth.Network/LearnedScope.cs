namespace Hearth.Network;

/// <summary>What names have opened of an address to a guest, or closed; each has precedence over the one before.</summary>
public enum LearnedScope
{
    None,

    /// <summary>All ports except those of name servers.</summary>
    Address,

    /// <summary>The port that was asked for, since an entry names it: <c>example.org:443</c>.</summary>
    Port,

    /// <summary>Nothing: the port is closed, since an entry denies it: <c>example.org:443</c>.</summary>
    Barred,
}
