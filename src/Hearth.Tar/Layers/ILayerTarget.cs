using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar.Layers;

/// <summary>Receives a layer's changes: each directory before its content, names in the order of their bytes.</summary>
internal interface ILayerTarget
{
    void AddDirectory(SafeFileHandle held, byte[] name, NodeStatus status, LayerChange change);

    /// <summary>Takes anything that is no directory.</summary>
    void AddNode(SafeFileHandle held, byte[] name, NodeStatus status, LayerChange change);

    /// <summary>A name of the image that the layer removes.</summary>
    /// <param name="directory">The name of its directory; empty for the root.</param>
    /// <param name="name">The name in the directory.</param>
    void AddDeletion(byte[] directory, byte[] name);

    /// <summary>A directory of which the layer removes what the image has, apart from what follows.</summary>
    /// <param name="directory">The name of the directory; empty for the root.</param>
    /// <param name="lower">The image's directory.</param>
    /// <param name="upper">The layer's directory.</param>
    void AddOpaque(byte[] directory, SafeFileHandle lower, SafeFileHandle upper);

    void End();
}
