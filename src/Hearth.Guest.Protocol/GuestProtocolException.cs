namespace Hearth.Guest.Protocol;

/// <summary>A failure of the guest channel. It is an <see cref="IOException"/>, since streams throw it too.</summary>
public sealed class GuestProtocolException : IOException
{
    public GuestProtocolException(GuestProtocolError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    public GuestProtocolError Error { get; }
}
