namespace Hearth.Guest.Protocol;

/// <summary>A failure of the guest channel. An <see cref="IOException"/>, since it comes out of streams as well.</summary>
public sealed class GuestProtocolException : IOException
{
    public GuestProtocolException(GuestProtocolError error, string message, Exception? innerException = null)
        : base(message, innerException) => Error = error;

    public GuestProtocolError Error { get; }
}
