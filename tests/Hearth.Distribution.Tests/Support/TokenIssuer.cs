using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Web;

namespace Hearth.Distribution.Tests.Support;

/// <summary>A token server of a registry (distribution: token and OAuth2 token specifications) with one user.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    public const string User = "hearth";
    public const string Password = "a:pass word";
    public const string IdentityToken = "identity-of-hearth";

    private readonly RSA key = RSA.Create(2048);
    private readonly X509Certificate2 certificate;
    private readonly TestServer server;
    private readonly ConcurrentQueue<string> requests = new();
    private int count;

    public TokenIssuer()
    {
        CertificateRequest request = new("CN=tokens", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        server = new TestServer(AnswerAsync);
    }

    /// <summary>Each request as METHOD, path or form, and its Authorization header.</summary>
    public IReadOnlyList<string> Requests => [.. requests];

    public string Host => server.Host;

    /// <summary>What the user's password is now.</summary>
    public string CurrentPassword { get; set; } = Password;

    /// <summary>Whether pulls need no password.</summary>
    public bool ServesAnonymous { get; set; } = true;

    /// <summary>In seconds, as told to the client; tokens are valid for longer.</summary>
    public int Lifetime { get; set; } = 300;

    public string Challenge => $"Bearer realm=\"http://{Host}/token\",service=\"tests\"";

    /// <summary>The <c>auth</c> part of a registry's configuration that trusts this server.</summary>
    public string Configure(string directory)
    {
        string bundle = Path.Combine(directory, "tokens.crt");
        File.WriteAllText(bundle, certificate.ExportCertificatePem());
        return $"""
            auth:
              token:
                realm: http://{Host}/token
                service: tests
                issuer: tests
                rootcertbundle: {bundle}
            """;
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        certificate.Dispose();
        key.Dispose();
    }

    private async Task AnswerAsync(HttpExchange exchange, CancellationToken cancellationToken)
    {
        string body = Encoding.UTF8.GetString(await exchange.ReadBodyAsync(cancellationToken));
        string query = exchange.Method == "POST" ? body : exchange.Path[(exchange.Path.IndexOf('?', StringComparison.Ordinal) + 1)..];
        requests.Enqueue($"{exchange.Method} {Uri.UnescapeDataString(query)} {exchange.Header("Authorization")}".Trim());
        System.Collections.Specialized.NameValueCollection values = HttpUtility.ParseQueryString(query);
        string basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{CurrentPassword}"));
        bool isKnown = exchange.Method == "POST"
            ? values["grant_type"] == "refresh_token" && values["refresh_token"] == IdentityToken
            : exchange.Header("Authorization") == basic;
        bool isAnonymous = exchange.Method == "GET" && exchange.Header("Authorization") is null;
        if (!isKnown && !(isAnonymous && ServesAnonymous))
        {
            await exchange.AnswerAsync(401, """{"details":"incorrect username or password"}""", cancellationToken);
            return;
        }

        string[] scopes = [.. (values.GetValues("scope") ?? []).SelectMany(scope => scope.Split(' '))];
        string token = Sign(isKnown ? scopes : [.. scopes.Where(scope => scope.Contains("pull", StringComparison.Ordinal)).Select(scope => scope[..scope.LastIndexOf(':')] + ":pull")]);
        string name = exchange.Method == "POST" ? "access_token" : "token";
        await exchange.AnswerAsync(200, $$"""{"{{name}}":"{{token}}","expires_in":{{Lifetime}}}""", cancellationToken);
    }

    private string Sign(string[] scopes)
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string access = string.Join(',', scopes.Where(scope => scope.Length > 0).Select(scope => scope.Split(':')).Select(parts =>
            $$"""{"type":"{{parts[0]}}","name":"{{string.Join(':', parts[1..^1])}}","actions":[{{string.Join(',', parts[^1].Split(',').Select(action => $"\"{action}\""))}}]}"""));
        string header = $$"""{"typ":"JWT","alg":"RS256","x5c":["{{Convert.ToBase64String(certificate.RawData)}}"]}""";
        string claims = $$"""{"iss":"tests","sub":"{{User}}","aud":"tests","exp":{{now + 600}},"nbf":{{now - 60}},"iat":{{now}},"jti":"{{Interlocked.Increment(ref count)}}","access":[{{access}}]}""";
        string signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.UTF8.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }
}
