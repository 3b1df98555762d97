namespace Hearth.Containers;

/// <summary>A directory or file of the host that is part of a root, read-only as all of it.</summary>
/// <param name="Destination">Where, resolved inside the root alone.</param>
/// <param name="Source">A path of the host; where it is a symbolic link, what it leads to is meant.</param>
/// <param name="Recursive">True to go on into file systems mounted beneath the source.</param>
public sealed record RootfsBind(string Destination, string Source, bool Recursive)
{
    /// <summary>True where the guest may change it for itself, in its own layer; else it can not at all.</summary>
    public bool IsWritable { get; init; }

    /// <summary>mount(8)'s options that restrict its use: <c>noexec</c> and the like.</summary>
    public IReadOnlyList<string> Options { get; init => field = value ?? []; } = [];
}
