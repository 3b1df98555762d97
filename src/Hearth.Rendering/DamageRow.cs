using Hearth.Images.Checking;

namespace Hearth.Rendering;

/// <summary>A line of <c>hearth image check</c>.</summary>
/// <param name="Image">A name of the image.</param>
/// <param name="Part">manifest, configuration, layer, or content: what a layer decompresses to, with its index.</param>
/// <param name="Digest">The part's digest; of a content, the layer's.</param>
/// <param name="State">damaged, repaired or removed.</param>
public sealed record DamageRow(string Image, string Part, string Digest, string State)
{
    public static DamageRow Of(StoreDamage damage) => new(damage.Image, damage.Part.ToString().ToLowerInvariant(), damage.Digest, damage.State.ToString().ToLowerInvariant());
}
