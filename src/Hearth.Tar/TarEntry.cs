using System.Text;
using Hearth.Linux.Files;

namespace Hearth.Tar;

/// <summary>One entry of an archive. Names are bytes, as in the kernel: not every name is valid text.</summary>
internal sealed record TarEntry
{
    internal required TarEntryType Type { get; init; }

    /// <summary>The name as stored in the archive; a directory's may end in a slash.</summary>
    internal required byte[] Name { get; init; }

    /// <summary>The target of a symbolic link, or the archive name of the file that a hard link refers to.</summary>
    internal byte[] LinkName { get; init; } = [];

    /// <summary>Permissions, with set-user-id, set-group-id and sticky.</summary>
    internal required uint Mode { get; init; }

    internal required uint UserId { get; init; }

    internal required uint GroupId { get; init; }

    /// <summary>The number of data bytes that follow; 0 for everything but files.</summary>
    internal long SizeInBytes { get; init; }

    internal required FileTime Modified { get; init; }

    internal uint DeviceMajor { get; init; }

    internal uint DeviceMinor { get; init; }

    /// <summary>Extended attributes by their full names.</summary>
    internal IReadOnlyList<KeyValuePair<string, byte[]>> Attributes { get; init; } = [];

    /// <summary>The name for messages.</summary>
    internal string ShownName => Encoding.UTF8.GetString(Name);
}
