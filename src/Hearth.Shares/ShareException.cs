namespace Hearth.Shares;

/// <summary>A failure of a share's start, service or end; the message names the next step where there is one.</summary>
public sealed class ShareException(ShareError error, string message) : IOException(message)
{
    public ShareError Error { get; } = error;
}
