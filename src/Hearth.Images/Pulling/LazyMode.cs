namespace Hearth.Images.Pulling;

/// <summary>Whether layers may be fetched when they are read, instead of before the start.</summary>
public enum LazyMode
{
    /// <summary>If there is an index; everything is fetched at once when reads wait too long.</summary>
    Auto,

    /// <summary>As <see cref="Auto"/>, but a missing index is an error, and nothing is fetched at once.</summary>
    Always,

    Never,
}
