using System.Text;
using Hearth.Linux.Files;

namespace Hearth.Tar;

/// <summary>One entry of an archive. Names are bytes, as in the kernel: not every name is valid text.</summary>
public sealed record TarEntry
{
    public required TarEntryType Type { get; init; }

    /// <summary>The name as stored in the archive; a directory's may end in a slash.</summary>
    public required byte[] Name { get; init; }

    /// <summary>The target of a symbolic link, or the archive name of the file that a hard link refers to.</summary>
    public byte[] LinkName { get; init; } = [];

    /// <summary>Permissions, with set-user-id, set-group-id and sticky.</summary>
    public required uint Mode { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    /// <summary>A file's size, with the holes of a sparse file; 0 for everything else.</summary>
    public long SizeInBytes { get; init; }

    /// <summary>Where the file's stored bytes begin, counted from the start of the archive.</summary>
    public long DataOffset { get; init; }

    /// <summary>The stored parts of a sparse file, one behind the other from <see cref="DataOffset"/>; null if all of a file is stored.</summary>
    public IReadOnlyList<SparseExtent>? Extents { get; init; }

    public required FileTime Modified { get; init; }

    public uint DeviceMajor { get; init; }

    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes by their full names.</summary>
    public IReadOnlyList<KeyValuePair<string, byte[]>> Attributes { get; init; } = [];

    /// <summary>The name for messages.</summary>
    public string ShownName => Encoding.UTF8.GetString(Name);
}
