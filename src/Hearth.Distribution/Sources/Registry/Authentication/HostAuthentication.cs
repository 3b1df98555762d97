using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Hearth.Distribution.Sources.Registry.Credentials;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Authentication;

/// <summary>
/// How one host is to be asked. The first answer of a host that wants to know who asks has a challenge; from then on
/// requests carry a password or a token. Tokens are kept for each scope, and replaced before they expire and when the host
/// no longer accepts them. Thread-safe.
/// </summary>
/// <param name="find">The credentials for a repository of the host.</param>
/// <param name="tokens">Asks token servers.</param>
/// <param name="time">The clock.</param>
internal sealed class HostAuthentication(Func<string, CancellationToken, Task<RegistryCredential?>> find, TokenServer tokens, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<RegistryCredential?>>> credentials = new();
    private readonly ConcurrentDictionary<RegistryScope, Lazy<Task<BearerToken>>> kept = new();
    private readonly ConcurrentDictionary<RegistryScope, RegistryScope> demanded = new();
    private volatile AuthenticationChallenge? challenge;

    /// <summary>What a request carries; null for nothing.</summary>
    /// <exception cref="ImageException">Credentials cannot be read.</exception>
    /// <exception cref="RequestException">The token server refuses, or cannot be reached.</exception>
    public async Task<AuthenticationHeaderValue?> AuthorizeAsync(RegistryScope scope, string repository, CancellationToken cancellationToken)
    {
        if (challenge is not { } current)
        {
            return null;
        }

        RegistryCredential? credential = await CredentialAsync(repository, cancellationToken).ConfigureAwait(false);
        if (current.Scheme == "basic")
        {
            return credential is null || credential.IdentityToken is not null ? null
                : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.Username}:{credential.Secret}")));
        }

        BearerToken token = await TokenAsync(current, demanded.GetValueOrDefault(scope, scope), repository, credential, cancellationToken).ConfigureAwait(false);
        return new AuthenticationHeaderValue("Bearer", token.Text);
    }

    /// <summary>Learns from an answer 401 or 403.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="scope">What the request was for.</param>
    /// <param name="repository">Whose credentials it had.</param>
    /// <param name="used">What it carried.</param>
    /// <returns>Whether the request may succeed if it is authorized anew.</returns>
    public bool Learn(HttpResponseMessage answer, RegistryScope scope, string repository, AuthenticationHeaderValue? used)
    {
        AuthenticationChallenge? wanted = ChallengeOf(answer);
        if (wanted is null && (challenge is null || used is null))
        {
            return false;
        }

        credentials.TryRemove(repository, out _);
        if (kept.TryGetValue(demanded.GetValueOrDefault(scope, scope), out Lazy<Task<BearerToken>>? token) && token.Value is { IsCompletedSuccessfully: true } task && task.Result.Text == used?.Parameter)
        {
            kept.TryRemove(new(demanded.GetValueOrDefault(scope, scope), token));
        }

        if (wanted is not null)
        {
            demanded[scope] = scope.With(wanted.Parameter("scope"));
            challenge = wanted;
        }

        return answer.StatusCode == HttpStatusCode.Unauthorized || used is not null;
    }

    /// <summary>A token server is asked rather than given the password with each request.</summary>
    private static AuthenticationChallenge? ChallengeOf(HttpResponseMessage answer) =>
        answer.Headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues values)
            ? values.SelectMany(AuthenticationChallenge.Read).Where(challenge => challenge.Scheme is "bearer" or "basic").MaxBy(challenge => challenge.Scheme == "bearer")
            : null;

    private Task<RegistryCredential?> CredentialAsync(string repository, CancellationToken cancellationToken) =>
        SharedAsync(credentials, repository, () => find(repository, CancellationToken.None), _ => true, cancellationToken);

    /// <summary>Gets a token. A password that the token server refuses may have been replaced since it was read: then the new one is tried.</summary>
    private async Task<BearerToken> TokenAsync(
        AuthenticationChallenge current, RegistryScope scope, string repository, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        try
        {
            return await TokenAsync(current, scope, credential, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestException exception) when (exception.Error == ImageError.Unauthorized)
        {
            credentials.TryRemove(repository, out _);
            RegistryCredential? renewed = await CredentialAsync(repository, cancellationToken).ConfigureAwait(false);
            if (renewed == credential)
            {
                throw;
            }

            return await TokenAsync(current, scope, renewed, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<BearerToken> TokenAsync(AuthenticationChallenge current, RegistryScope scope, RegistryCredential? credential, CancellationToken cancellationToken) =>
        SharedAsync(kept, scope, () => tokens.AskAsync(current, scope, credential, CancellationToken.None), token => token.IsFresh(time), cancellationToken);

    /// <summary>Makes a value once for all who need it at the same time, and again when it failed or is no longer good.</summary>
    private static async Task<T> SharedAsync<TKey, T>(
        ConcurrentDictionary<TKey, Lazy<Task<T>>> values, TKey key, Func<Task<T>> make, Func<T, bool> isGood, CancellationToken cancellationToken)
        where TKey : notnull
    {
        Lazy<Task<T>> value = values.GetOrAdd(key, _ => new Lazy<Task<T>>(make));
        if (value.Value is { IsCompleted: true } done && (!done.IsCompletedSuccessfully || !isGood(done.Result)))
        {
            values.TryRemove(new(key, value));
            value = values.GetOrAdd(key, _ => new Lazy<Task<T>>(make));
        }

        return await value.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
