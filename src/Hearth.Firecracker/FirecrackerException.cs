namespace Hearth.Firecracker;

/// <summary>What went wrong with a request.</summary>
public enum FirecrackerFault
{
    /// <summary>Firecracker answered and refused; <see cref="FirecrackerException.FaultMessage"/> says why.</summary>
    Refused,

    /// <summary>Nothing listens on the socket.</summary>
    Unreachable,

    /// <summary>The connection ended before the answer came: usually Firecracker did too.</summary>
    Disconnected,

    /// <summary>The answer is not what HTTP or the API's description allow.</summary>
    Malformed,

    /// <summary>The request is larger than Firecracker takes; nothing was sent.</summary>
    TooLarge,
}

/// <summary>A request to Firecracker that failed; the message names the request and the cause.</summary>
public sealed class FirecrackerException : Exception
{
    public FirecrackerException(FirecrackerFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    public FirecrackerFault Fault { get; }

    /// <summary>HTTP's: PUT, PATCH or GET; empty where no request was made.</summary>
    public string Method { get; init; } = "";

    /// <summary>The resource, such as <c>/drives/rootfs</c>; empty where no request was made.</summary>
    public string Path { get; init; } = "";

    /// <summary>HTTP's status; null without an answer.</summary>
    public int? Status { get; init; }

    /// <summary>Firecracker's own words; null without an answer, or where it holds none.</summary>
    public string? FaultMessage { get; init; }
}
