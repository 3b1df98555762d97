namespace Hearth.Images.Lazy;

/// <summary>A message about the layers that a run fetches.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Text">For people.</param>
public sealed record FetchNotice(FetchNoticeKind Kind, string Text);

/// <summary>The kinds of <see cref="FetchNotice"/>.</summary>
public enum FetchNoticeKind
{
    /// <summary>A fetch failed; reads wait, or fail.</summary>
    Stalled,

    /// <summary>A fetch succeeded after one had failed.</summary>
    Resumed,

    /// <summary>Reads have waited so long that everything is fetched as fast as possible.</summary>
    Hurried,

    /// <summary>The store has all layers: the source is not needed any more.</summary>
    Complete,

    /// <summary>A layer cannot be completed.</summary>
    Failed,

    /// <summary>A trace is not used, or could not be recorded.</summary>
    TraceFailed,
}
