namespace Hearth.Images.Checking;

/// <summary>A part of an image that is not what its digest says, or names that cannot be read.</summary>
/// <param name="Image">A name of the image; <c>&lt;all&gt;</c> for the names.</param>
/// <param name="Part">What it is.</param>
/// <param name="Digest">The part's digest; of a layer's content, the layer's; of the names, their file.</param>
/// <param name="State">What became of it.</param>
public sealed record StoreDamage(string Image, StorePart Part, string Digest, DamageState State);

/// <summary>What an image in a store has.</summary>
public enum StorePart
{
    /// <summary>The file with the names of all images.</summary>
    Names,

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

    /// <summary>It was removed or put aside, so that the next pull makes it anew.</summary>
    Removed,
}
