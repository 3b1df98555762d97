using Hearth.FileTree;

namespace Hearth.Layers.Merging;

/// <summary>A file or directory while layers are merged. A hard-linked file is one object in several directories.</summary>
internal sealed class MergedNode
{
    /// <summary>Type, mode, owner, times and size.</summary>
    public required Node Attributes { get; set; }

    /// <summary>Where the content is.</summary>
    public SourceIdentity Content { get; set; }

    public byte[] LinkTarget { get; set; } = [];

    public IReadOnlyList<Xattr> Xattrs { get; set; } = [];

    /// <summary>The last layer with an entry of this directory, or beneath it. A file's is in each of its entries.</summary>
    public int Layer { get; set; }

    /// <summary>A directory's entries by name (<see cref="Hearth.Linux.Text.ByteText"/>).</summary>
    public Dictionary<string, MergedEntry>? Children { get; init; }

    public bool IsDirectory => Children is not null;
}
