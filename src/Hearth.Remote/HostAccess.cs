using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hearth.Containers;

namespace Hearth.Remote;

/// <summary>How a worker is reached: its address, and what lets this client in. Certificates and keys are text (PEM).</summary>
/// <param name="Address">Where it listens.</param>
public sealed record HostAccess(HostAddress Address)
{
    /// <summary>Who signed the worker's certificate; null for the authorities of this host.</summary>
    public string? Authority { get; init; }

    /// <summary>This client's certificate.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its key; null if it is in <see cref="Certificate"/>.</summary>
    public string? Key { get; init; }

    public string? Token { get; init; }

    /// <summary>Whether the connection is by TLS.</summary>
    public bool IsSecure => Address.IsSecure(HasTls);

    internal Uri Base => Address.BaseOf(HasTls);

    private bool HasTls => Authority is not null || Certificate is not null;

    /// <summary>Secrets are never shown.</summary>
    public override string ToString() => Address.Text;

    /// <exception cref="HearthException">The parts do not go together.</exception>
    public HostAccess Checked()
    {
        if (!IsSecure && HasTls)
        {
            throw Refused("certificates are for TLS, which it does not use: use https:// or tcp://, or leave them out");
        }

        if (Key is not null && Certificate is null)
        {
            throw Refused("a key needs its certificate: --tls-cert");
        }

        return Token is null || IsSecure || Address.IsLocal
            ? this
            : throw Refused("the token would be sent in the clear: use https:// (or tcp:// with --tls-ca), or a loopback address");
    }

    /// <summary>The certificates that this client sends after its own: those between it and its authority.</summary>
    internal X509Certificate2Collection ReadChain()
    {
        X509Certificate2Collection chain = [];
        chain.ImportFromPem(Certificate);
        return chain;
    }

    /// <summary>This client's certificate with its key; null if it has none.</summary>
    /// <exception cref="HearthException">It cannot be read.</exception>
    internal X509Certificate2? ReadCertificate()
    {
        try
        {
            return Certificate is null ? null : X509Certificate2.CreateFromPem(Certificate, Key ?? Certificate);
        }
        catch (CryptographicException exception)
        {
            throw Refused($"the client certificate or its key cannot be read: {exception.Message}");
        }
    }

    /// <summary>How the worker's certificate is checked; null for the usual way.</summary>
    /// <exception cref="HearthException">The authority's certificate cannot be read.</exception>
    internal X509ChainPolicy? ReadAuthority()
    {
        if (Authority is null)
        {
            return null;
        }

        X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPem(Authority);
            return policy;
        }
        catch (CryptographicException exception)
        {
            throw Refused($"the authority's certificate cannot be read: {exception.Message}");
        }
    }

    private HearthException Refused(string why) => new(HearthError.InvalidRequest, $"cannot use the host '{Address}': {why}");
}
