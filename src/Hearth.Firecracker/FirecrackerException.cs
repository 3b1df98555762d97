namespace Hearth.Firecracker;

/// <summary>Why a request failed.</summary>
public enum FirecrackerFault
{
    /// <summary>Firecracker refused the request; <see cref="FirecrackerException.FaultMessage"/> says why.</summary>
    Refused,

    /// <summary>No process listens on the socket.</summary>
    Unreachable,

    /// <summary>The connection ended before the answer arrived; usually Firecracker ended too.</summary>
    Disconnected,

    /// <summary>The answer is not valid HTTP or does not match the API's description.</summary>
    Malformed,

    /// <summary>The request is larger than Firecracker accepts; nothing was sent.</summary>
    TooLarge,
}

/// <summary>A failed request to Firecracker; the message names the request and the cause.</summary>
public sealed class FirecrackerException : Exception
{
    public FirecrackerException(FirecrackerFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    public FirecrackerFault Fault { get; }

    /// <summary>The HTTP method: PUT, PATCH or GET; empty if no request was made.</summary>
    public string Method { get; init; } = "";

    /// <summary>The resource, such as <c>/drives/rootfs</c>; empty if no request was made.</summary>
    public string Path { get; init; } = "";

    /// <summary>The HTTP status; null without an answer.</summary>
    public int? Status { get; init; }

    /// <summary>Firecracker's error text; null without an answer, or if the answer has no text.</summary>
    public string? FaultMessage { get; init; }
}
