using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hearth.Containers;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Hearth.Hosting;

/// <summary>
/// Addresses that the daemon listens on besides its Unix socket, and who may use them: who has the token, or a certificate of
/// the given authority. A token would be readable on a network without TLS, so there plain HTTP is for loopback addresses alone.
/// </summary>
public sealed class TcpAccess : IDisposable
{
    private const int LeastTokenLength = 16;

    private readonly X509Certificate2? certificate;

    /// <summary>The certificates of the file: the server's first, then those between it and its authority.</summary>
    private readonly X509Certificate2Collection chain = [];

    private readonly X509Certificate2Collection? authorities;

    /// <param name="urls"><c>https://ADDRESS:PORT</c>, or <c>http://ADDRESS:PORT</c> with a loopback address.</param>
    /// <param name="files">Certificates and the token.</param>
    /// <exception cref="HearthException">An address is none, a file cannot be read, or nobody could be let in.</exception>
    public TcpAccess(IReadOnlyList<string> urls, AccessFiles files)
    {
        Endpoints = [.. urls.Select(ReadUrl)];
        Token = files.Token is { } token ? ReadToken(token) : null;
        try
        {
            if (files.Certificate is { } file)
            {
                certificate = WithKey(X509Certificate2.CreateFromPemFile(file, files.Key ?? file));
                chain.ImportFromPemFile(file);
            }

            if (files.ClientAuthority is { } path)
            {
                authorities = [];
                authorities.ImportFromPemFile(path);
            }
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Refuse($"cannot read the certificates of --tls-cert, --tls-key and --tls-client-ca: {exception.Message}");
        }

        Check();
    }

    public IReadOnlyList<(IPEndPoint Address, bool IsSecure)> Endpoints { get; }

    /// <summary>What clients send as <c>Authorization: Bearer</c>; null if only certificates count.</summary>
    public string? Token { get; }

    public void Dispose()
    {
        certificate?.Dispose();
        foreach (X509Certificate2 other in chain.Concat(authorities ?? []))
        {
            other.Dispose();
        }
    }

    public void Configure(HttpsConnectionAdapterOptions options)
    {
        options.ServerCertificate = certificate;
        options.ServerCertificateChain = chain;
        // A client without a certificate may have the token.
        options.ClientCertificateMode = authorities is null ? ClientCertificateMode.NoCertificate
            : Token is null ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.AllowCertificate;
        options.ClientCertificateValidation = (client, sent, _) => IsTrusted(client, sent?.ChainPolicy.ExtraStore ?? []);
    }

    /// <param name="client">The client's certificate.</param>
    /// <param name="sent">What the client has sent with it: those between it and its authority.</param>
    private bool IsTrusted(X509Certificate2 client, X509Certificate2Collection sent)
    {
        using X509Chain trust = new();
        trust.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        trust.ChainPolicy.CustomTrustStore.AddRange(authorities!);
        trust.ChainPolicy.ExtraStore.AddRange(sent);
        trust.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        trust.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2")); // Client authentication, RFC 5280 section 4.2.1.12.
        return trust.Build(client);
    }

    private void Check()
    {
        if (Endpoints.Count > 0 && Token is null && authorities is null)
        {
            throw Refuse("anybody on the network could start containers: give a token (--token-file), or an authority for clients' certificates (--tls-client-ca)");
        }

        foreach ((IPEndPoint address, bool isSecure) in Endpoints)
        {
            if (isSecure && certificate is null)
            {
                throw Refuse($"https://{address} needs a certificate: --tls-cert and --tls-key");
            }

            if (!isSecure && (Token is null || !IPAddress.IsLoopback(address.Address)))
            {
                throw Refuse(Token is null
                    ? $"http://{address} needs a token: --token-file"
                    : $"http://{address} would send the token in the clear: use https://, or a loopback address");
            }
        }
    }

    private static (IPEndPoint Address, bool IsSecure) ReadUrl(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? read) && read.Scheme is "http" or "https" && read is { AbsolutePath: "/", Query: "", UserInfo: "" }
            && IPAddress.TryParse(read.Host.Trim('[', ']'), out IPAddress? address)
            ? (new IPEndPoint(address, read.Port), read.Scheme == "https")
            : throw Refuse($"'{url}' must be https://ADDRESS:PORT or http://ADDRESS:PORT, the address a number such as 127.0.0.1 or [::1]");

    private static string ReadToken(string file)
    {
        try
        {
            string token = File.ReadAllText(file).Trim();
            return token.Length >= LeastTokenLength && token.All(character => character is > ' ' and <= '~')
                ? token
                : throw Refuse($"the token in '{file}' must have {LeastTokenLength} or more letters, digits and signs, and no space: 'openssl rand -hex 32' makes one");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Refuse($"cannot read the token of --token-file: {exception.Message}");
        }
    }

    /// <summary>TLS of .NET on Linux takes a key that was read from a PEM file as it is.</summary>
    private static X509Certificate2 WithKey(X509Certificate2 read) => read.HasPrivateKey ? read : throw Refuse("the certificate of --tls-cert has no key: name it by --tls-key");

    private static HearthException Refuse(string why) => new(HearthError.InvalidRequest, $"cannot listen for --listen: {why}");
}

/// <summary>Files of <see cref="TcpAccess"/>; null for those that are not given.</summary>
/// <param name="Certificate">The server's, with its chain (PEM).</param>
/// <param name="Key">Its key (PEM); null if it is in the certificate's file.</param>
/// <param name="ClientAuthority">Who signs clients' certificates (PEM).</param>
/// <param name="Token">One line.</param>
public sealed record AccessFiles(string? Certificate, string? Key, string? ClientAuthority, string? Token);
