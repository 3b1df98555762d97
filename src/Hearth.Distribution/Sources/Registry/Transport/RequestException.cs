using System.Net;
using System.Security.Authentication;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>Why a request failed, before it is said what the request was for. The message is the cause, with the next step.</summary>
internal sealed class RequestException(ImageError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public ImageError Error { get; } = error;

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient { get; init; }

    /// <summary>How long the host asks to wait; null where it does not say.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>Set if the host answered.</summary>
    public HttpStatusCode? Status { get; init; }

    public static RequestException Transient(string cause, Exception? inner = null) => new(ImageError.Unreachable, cause, inner) { IsTransient = true };

    /// <summary>What a failure of the connection means.</summary>
    public static RequestException From(Exception exception, string host) => exception switch
    {
        RequestException known => known,
        { InnerException: UntrustedCertificateException untrusted } => new RequestException(ImageError.Unreachable, untrusted.Message, exception),
        { InnerException: ImageException own } => new RequestException(own.Error, own.Message, own),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new RequestException(ImageError.RegistryFault, $"{host} sends too many headers", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Transient($"the name '{host}' cannot be resolved; check the name and the network", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: AuthenticationException secure } =>
            Transient($"{host} does not speak TLS as expected ({Words(secure)}); if it has plain HTTP, allow that for this registry", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Transient($"{host} cannot be reached ({Words(exception.InnerException ?? exception)})", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => Transient($"the proxy does not connect to {host} ({Words(exception)})", exception),
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => new RequestException(ImageError.RegistryFault, $"{host} does not answer by HTTP", exception) { IsTransient = true },
        _ => Transient($"the connection to {host} broke ({Words(exception.InnerException ?? exception)})", exception),
    };

    /// <summary>Whether an exception is a failure of the connection.</summary>
    public static bool IsOfConnection(Exception exception) => exception is HttpRequestException or IOException or RequestException;

    private static string Words(Exception exception) => exception.Message.Split('\n')[0].Trim().TrimEnd('.');
}
