using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Archives;

/// <summary>Why a copy did not come to its end, for the one who asked; the message names the entry or path.</summary>
internal sealed class ArchiveException(RequestFailure reason, string message) : Exception(message)
{
    internal RequestFailure Reason { get; } = reason;
}
