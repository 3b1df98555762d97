using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>Reads the contents of a tree's regular files, wherever they live. Safe for several threads.</summary>
public interface IContentSource : IDisposable
{
    /// <summary>
    /// Fills the whole destination with the file's bytes from the offset on. The caller stays within the node's size.
    /// </summary>
    /// <exception cref="DiskImageException">
    /// The source cannot be read, or is no longer what the tree describes (device, inode, size or mtime differ):
    /// wrong bytes are never returned.
    /// </exception>
    void Read(NodeId node, long offset, Span<byte> destination);
}
