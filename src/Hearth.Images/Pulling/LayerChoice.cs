using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Layers.Index;

namespace Hearth.Images.Pulling;

/// <summary>A layer of an image that is fetched, and how.</summary>
/// <param name="layer">The layer.</param>
/// <param name="content">The digest that its content must have.</param>
internal sealed class LayerChoice(Descriptor layer, Digest content)
{
    public Descriptor Layer => layer;

    public Digest Content => content;

    /// <summary>Whether the store has all of it.</summary>
    public bool IsPresent { get; set; }

    /// <summary>Set if the layer is to be fetched when it is read.</summary>
    public LayerIndex? Index { get; set; }
}
