using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Tar.Layers;

/// <summary>
/// Lists changes as docker's <c>diff</c> does: a letter of <see cref="LayerChange"/>, an absolute path, and a NUL for each. The root itself is not listed.
/// </summary>
internal sealed class LayerListing(Stream target) : ILayerTarget
{
    public void AddDirectory(SafeFileHandle held, byte[] name, NodeStatus status, LayerChange change) => Add(change, name);

    public void AddNode(SafeFileHandle held, byte[] name, NodeStatus status, LayerChange change) => Add(change, name);

    public void AddDeletion(byte[] directory, byte[] name) => Add(LayerChange.Deleted, LayerWalk.Join(directory, name));

    public void AddOpaque(byte[] directory, SafeFileHandle lower, SafeFileHandle upper)
    {
        foreach (byte[] name in LayerWalk.ListNames(lower, directory))
        {
            if (!LayerWalk.Has(upper, name))
            {
                Add(LayerChange.Deleted, LayerWalk.Join(directory, name.AsSpan(..^1)));
            }
        }
    }

    public void End() => target.Flush();

    private void Add(LayerChange change, byte[] name)
    {
        if (name.Length > 0)
        {
            target.Write([(byte)change, (byte)'/', .. name, 0]);
        }
    }
}
