namespace Hearth.Distribution.Tests.Support;

/// <summary>What a <see cref="FaultProxy"/> remembers of a request.</summary>
/// <param name="Method">GET, HEAD, ...</param>
/// <param name="Path">With the query.</param>
/// <param name="Range">Its Range header.</param>
/// <param name="Authorization">Its Authorization header.</param>
internal sealed record ProxiedRequest(string Method, string Path, string? Range, string? Authorization)
{
    /// <summary>0 until an answer has been given.</summary>
    public int Status { get; set; }

    /// <summary>Of the answer's body, so far.</summary>
    public long SentBytes { get; set; }
}
