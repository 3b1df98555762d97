using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>Reads the contents of a tree's regular files, wherever they are stored. Thread-safe.</summary>
public interface IContentSource : IDisposable
{
    /// <summary>The number of reads that failed.</summary>
    long FailedReads { get; }

    /// <summary>The first files that failed, each once; a bounded number.</summary>
    IReadOnlyList<SourceFault> Faults { get; }

    /// <summary>
    /// Fills the whole destination with the file's bytes from the offset on. The caller stays within the node's size. A
    /// source that has the bytes locally completes synchronously, and need not allocate. A source that must wait returns
    /// immediately, blocks no thread, and completes later.
    /// </summary>
    /// <param name="node">A regular file.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="destination">The source must not touch it after completion.</param>
    /// <param name="cancellationToken">Cancelled when no reader waits for the bytes any more.</param>
    /// <exception cref="DiskImageException">
    /// The source cannot be read, or is no longer what the tree describes: wrong bytes are never returned.
    /// </exception>
    ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken);
}
