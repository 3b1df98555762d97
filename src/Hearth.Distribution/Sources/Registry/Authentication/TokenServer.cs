using System.Net.Http.Headers;
using System.Text;
using Hearth.Distribution.Sources.Registry.Credentials;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Authentication;

/// <summary>Asks the server that a Bearer challenge names for tokens (distribution: token and OAuth2 token specifications).</summary>
internal sealed class TokenServer(HostConnections connections, bool isInsecure, RegistryLimits limits, TimeProvider time)
{
    private const string ClientId = "hearth";

    /// <summary>Tokens of clouds have some kilobytes.</summary>
    private const int MostAnswerBytes = 256 << 10;

    /// <exception cref="RequestException">The server refuses, or cannot be reached.</exception>
    public async Task<BearerToken> AskAsync(AuthenticationChallenge challenge, RegistryScope scope, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        Uri realm = RealmOf(challenge);
        using HttpRequestMessage request = credential?.IdentityToken is { } identity
            ? ByIdentity(realm, challenge, scope, identity)
            : ByPassword(realm, challenge, scope, credential);
        string host = realm.Authority;
        try
        {
            HttpResponseMessage answer = await Deadline.WithinAsync(
                limits.AnswerTimeout, $"the token server {host} does not answer", token => connections.SendAsync(request, isInsecure, token), time, cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw await ErrorAnswer.ReadAsync(answer, $"the token server {host}", limits, time, cancellationToken).ConfigureAwait(false);
            }

            using (answer)
            {
                BodyReader body = await BodyReader.OpenAsync(answer, host, limits, time, cancellationToken).ConfigureAwait(false);
                return BearerToken.Read(await body.ReadAllAsync(MostAnswerBytes, cancellationToken).ConfigureAwait(false), time.GetUtcNow())
                    ?? throw new RequestException(ImageError.RegistryFault, $"the token server {host} gives no token");
            }
        }
        catch (Exception exception) when (RequestException.IsOfConnection(exception))
        {
            throw RequestException.From(exception, $"the token server {host}");
        }
    }

    private Uri RealmOf(AuthenticationChallenge challenge)
    {
        string? realm = challenge.Parameter("realm");
        return !Uri.TryCreate(realm, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
            ? throw new RequestException(ImageError.RegistryFault, $"the registry names '{realm}' as its token server, which is no address")
            : uri.Scheme == Uri.UriSchemeHttp && !isInsecure && !Loopback.Includes(uri.Host)
            ? throw new RequestException(ImageError.Unauthorized, $"the token server {uri.Authority} has plain HTTP, which would show passwords to the network; allow it for this registry, or use another")
            : uri;
    }

    private static HttpRequestMessage ByPassword(Uri realm, AuthenticationChallenge challenge, RegistryScope scope, RegistryCredential? credential)
    {
        List<string> query = [.. realm.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)];
        Add("service", challenge.Parameter("service"));
        Add("client_id", ClientId);
        Add("account", credential?.Username);
        foreach (string part in scope.Parts)
        {
            Add("scope", part);
        }

        HttpRequestMessage request = new(HttpMethod.Get, new UriBuilder(realm) { Query = string.Join('&', query) }.Uri);
        if (credential is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Secret}")));
        }

        return request;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                query.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    private static HttpRequestMessage ByIdentity(Uri realm, AuthenticationChallenge challenge, RegistryScope scope, string identity)
    {
        Dictionary<string, string> form = new()
        {
            ["grant_type"] = "refresh_token",
            ["service"] = challenge.Parameter("service") ?? "",
            ["client_id"] = ClientId,
            ["scope"] = scope.Text,
            ["refresh_token"] = identity,
        };
        return new HttpRequestMessage(HttpMethod.Post, realm) { Content = new FormUrlEncodedContent(form) };
    }
}
