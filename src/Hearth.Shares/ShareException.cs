namespace Hearth.Shares;

/// <summary>A share could not be started, served or ended; the message names the next step if there is one.</summary>
public sealed class ShareException(ShareError error, string message) : IOException(message)
{
    public ShareError Error { get; } = error;
}
