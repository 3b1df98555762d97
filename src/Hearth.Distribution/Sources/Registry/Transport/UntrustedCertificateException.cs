using System.Security.Authentication;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>A host's certificate is not valid for it. The message is the cause, with the next step.</summary>
internal sealed class UntrustedCertificateException(string message) : AuthenticationException(message);
