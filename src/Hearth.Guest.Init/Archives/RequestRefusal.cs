using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Archives;

/// <summary>The failure of a request about files, reported to the host; the message names the path.</summary>
internal sealed class RequestRefusal(RequestFailure reason, string message) : Exception(message)
{
    internal RequestFailure Reason { get; } = reason;
}
