namespace Hearth.Containers;

/// <summary>A directory or file of the host that is part of a root. Like the whole root, it is read-only.</summary>
/// <param name="Destination">The path in the root; links are resolved inside the root only.</param>
/// <param name="Source">A path of the host; a symbolic link is followed.</param>
/// <param name="Recursive">True to include file systems mounted beneath the source.</param>
public sealed record RootfsBind(string Destination, string Source, bool Recursive)
{
    /// <summary>True if the guest may change its own view of it, in its writable layer; false if it may not change it at all.</summary>
    public bool IsWritable { get; init; }

    /// <summary>mount(8)'s options that restrict its use, such as <c>noexec</c>.</summary>
    public IReadOnlyList<string> Options { get; init => field = value ?? []; } = [];
}
