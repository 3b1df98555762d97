namespace Hearth.Images.Pulling;

/// <summary>What happens to a layer during a pull.</summary>
public enum LayerState
{
    Waiting,

    /// <summary>It is fetched, decompressed and indexed.</summary>
    Fetching,

    /// <summary>The store had it.</summary>
    Present,

    Complete,

    /// <summary>It is fetched when it is read.</summary>
    Indexed,
}
