using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>Reads the contents of a tree's regular files, wherever they live. Safe for several threads.</summary>
public interface IContentSource : IDisposable
{
    /// <summary>Reads that failed.</summary>
    long FailedReads { get; }

    /// <summary>The first files that failed, each once; a bounded number.</summary>
    IReadOnlyList<SourceFault> Faults { get; }

    /// <summary>
    /// Fills the whole destination with the file's bytes from the offset on. The caller stays within the node's size. A
    /// source that has the bytes at hand completes before it returns, and need not allocate; one that has to wait returns
    /// at once, holds no thread, and completes later.
    /// </summary>
    /// <param name="node">A regular file.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="destination">Not to be touched after completion.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the bytes any more.</param>
    /// <exception cref="DiskImageException">
    /// The source cannot be read, or is no longer what the tree describes: wrong bytes are never returned.
    /// </exception>
    ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken);
}
