namespace Hearth.Distribution.Tests.Support;

/// <summary>What a <see cref="FaultProxy"/> does to the requests that a rule matches. Faults that can go together do.</summary>
internal sealed record Fault
{
    /// <summary>Part of the path, with the query; empty for all.</summary>
    public string Path { get; init; } = "";

    /// <summary>Null for any.</summary>
    public string? Method { get; init; }

    /// <summary>Matching requests that pass first.</summary>
    public int Skip { get; init; }

    /// <summary>Requests that it is for, afterwards.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>Answers this instead of asking the server.</summary>
    public int? Status { get; init; }

    public string Body { get; init; } = "";

    /// <summary>Headers of <see cref="Status"/>, or in place of the server's own.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Closes the connection after so many bytes of the answer's body, 0 for none at all; of the request's body if <see cref="IsOfUpload"/>.</summary>
    public long? DropAfter { get; init; }

    /// <summary>Sends nothing more after so many bytes of the answer's body, and leaves the connection open.</summary>
    public long? StallAfter { get; init; }

    /// <summary>Whether <see cref="DropAfter"/> counts what the client sends.</summary>
    public bool IsOfUpload { get; init; }

    /// <summary>Before the server is asked.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Asks the server for the whole.</summary>
    public bool IgnoresRanges { get; init; }

    /// <summary>Changes the byte at this offset of the answer's body.</summary>
    public long? CorruptAt { get; init; }

    /// <summary>Asks the server for another path, as if a tag had changed.</summary>
    public (string From, string To)? Rewrite { get; init; }

    /// <summary>Redirects to the same path at this root, such as http://127.0.0.1:5000.</summary>
    public string? RedirectTo { get; init; }

    /// <summary>Bytes in a second, for this answer.</summary>
    public long? Trickle { get; init; }
}
