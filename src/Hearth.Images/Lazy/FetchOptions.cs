namespace Hearth.Images.Lazy;

/// <summary>How a run fetches what its store lacks.</summary>
/// <param name="InBackground">Whether to fetch also what nobody reads.</param>
/// <param name="MayHurry">Whether to fetch everything as fast as possible when reads wait too long.</param>
/// <param name="Deadline">How long a read waits for a source that fails; zero to fail at once.</param>
public sealed record FetchOptions(bool InBackground, bool MayHurry, TimeSpan Deadline);
