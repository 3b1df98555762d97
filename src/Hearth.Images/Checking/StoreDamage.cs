namespace Hearth.Images.Checking;

/// <summary>A part of an image that is not what its digest says.</summary>
/// <param name="Image">A name of the image.</param>
/// <param name="Part">What it is.</param>
/// <param name="Digest">The part's digest; of a layer's content, the layer's.</param>
/// <param name="State">What became of it.</param>
public sealed record StoreDamage(string Image, StorePart Part, string Digest, DamageState State);

/// <summary>What an image in a store has.</summary>
public enum StorePart
{
    Manifest,
    Configuration,

    /// <summary>A layer as the registry has it.</summary>
    Layer,

    /// <summary>A layer's uncompressed bytes, its index or its windows, which are made from the layer.</summary>
    Content,
}

/// <summary>What became of a damaged part.</summary>
public enum DamageState
{
    /// <summary>It is as it was found.</summary>
    Damaged,

    /// <summary>It was made again from what was not damaged.</summary>
    Repaired,

    /// <summary>It was removed, so that the next pull fetches it.</summary>
    Removed,
}
