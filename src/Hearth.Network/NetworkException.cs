namespace Hearth.Network;

/// <summary>A network that cannot be set up or removed. The message names the act, the object and the cause.</summary>
public sealed class NetworkException(NetworkError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public NetworkError Error { get; } = error;
}
