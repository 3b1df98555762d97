using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar.Layers;

/// <summary>Packs changes as a layer of an image.</summary>
internal sealed class LayerArchive(TarWriter archive, ArchiveWarnings warnings) : ILayerTarget
{
    private readonly NodePacking nodes = new(archive, warnings, skipsHoles: true);

    public void AddDirectory(SafeFileHandle held, byte[] name, NodeStatus status, LayerChange change) =>
        nodes.PackDirectory(held, name.Length == 0 ? "."u8.ToArray() : name, status);

    public void AddNode(SafeFileHandle held, byte[] name, NodeStatus status, LayerChange change) => nodes.Pack(held, name, status);

    public void AddDeletion(byte[] directory, byte[] name) => AddMark(LayerWalk.Join(directory, [.. LayerNames.Whiteout, .. name]));

    public void AddOpaque(byte[] directory, SafeFileHandle lower, SafeFileHandle upper) =>
        AddMark(LayerWalk.Join(directory, LayerNames.Opaque));

    public void End() => archive.End();

    /// <summary>Without a time, so that the same changes are the same bytes.</summary>
    private void AddMark(byte[] name) =>
        archive.Begin(new TarEntry { Type = TarEntryType.File, Name = name, Mode = 0, UserId = 0, GroupId = 0, Modified = default });
}
