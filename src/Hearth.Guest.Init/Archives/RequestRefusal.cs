using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Archives;

/// <summary>Why a request about files is not done, for the one who asked; the message names the path.</summary>
internal sealed class RequestRefusal(RequestFailure reason, string message) : Exception(message)
{
    internal RequestFailure Reason { get; } = reason;
}
