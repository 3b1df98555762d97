namespace Hearth.Distribution.Sources;

/// <summary>A request to a source that has ended.</summary>
/// <param name="Bytes">That it brought.</param>
/// <param name="Took">From the request to its last byte.</param>
/// <param name="HasFailed">Whether it did not bring all that it was to.</param>
public readonly record struct SourceRequest(long Bytes, TimeSpan Took, bool HasFailed);
