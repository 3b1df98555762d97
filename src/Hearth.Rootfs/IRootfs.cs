using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Rootfs;

/// <summary>A root's disk, ready for a machine to open; removed when it is disposed of.</summary>
public interface IRootfs : IAsyncDisposable
{
    /// <summary>The path at which the VMM opens it.</summary>
    string ImagePath { get; }

    /// <summary>What the disk was made from, and what was read of it so far.</summary>
    RootfsReport Report { get; }

    /// <summary>Attributes of the root directory that the image's own root does not have; null if it has all.</summary>
    RootAttributes? RootAttributes { get; }

    /// <summary>True if files have extended attributes that a tmpfs before Linux 6.6 does not keep.</summary>
    bool HasUserAttributes { get; }

    /// <summary>What the format had no place for, for people.</summary>
    IReadOnlyList<string> LeftOut { get; }

    /// <summary>The first files that could not be served as they were walked.</summary>
    IReadOnlyList<SourceFault> Faults { get; }
}
