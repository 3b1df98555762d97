using System.Text;
using Hearth.Linux.Files;

namespace Hearth.Tar;

/// <summary>One file of an archive. Names are bytes, as the kernel has them: not every one is text.</summary>
internal sealed record TarEntry
{
    internal required TarEntryType Type { get; init; }

    /// <summary>As it stands in the archive; a directory's may end in a slash.</summary>
    internal required byte[] Name { get; init; }

    /// <summary>What a symbolic link says, or the name in the archive of what a hard link is one more name of.</summary>
    internal byte[] LinkName { get; init; } = [];

    /// <summary>Permissions, with set-user-id, set-group-id and sticky.</summary>
    internal required uint Mode { get; init; }

    internal required uint UserId { get; init; }

    internal required uint GroupId { get; init; }

    /// <summary>Bytes of data that follow; 0 for all but files.</summary>
    internal long SizeInBytes { get; init; }

    internal required FileTime Modified { get; init; }

    internal uint DeviceMajor { get; init; }

    internal uint DeviceMinor { get; init; }

    /// <summary>Extended attributes by their full names.</summary>
    internal IReadOnlyList<KeyValuePair<string, byte[]>> Attributes { get; init; } = [];

    /// <summary>For people.</summary>
    internal string ShownName => Encoding.UTF8.GetString(Name);
}
