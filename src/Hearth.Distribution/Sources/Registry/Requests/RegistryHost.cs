using System.Net;
using System.Net.Http.Headers;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Authentication;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry.Requests;

/// <summary>
/// One registry's host. It authorizes requests, follows redirects without credentials, and repeats what may succeed later.
/// Thread-safe.
/// </summary>
/// <param name="endpoint">The host's name, and whether plain HTTP and any certificate will do.</param>
/// <param name="connections">All hosts' connections.</param>
/// <param name="authentication">This host's.</param>
/// <param name="limits">Times and counts.</param>
/// <param name="time">The clock.</param>
internal sealed class RegistryHost(
    RegistryEndpoint endpoint, HostConnections connections, HostAuthentication authentication, RegistryLimits limits, TimeProvider time)
{
    /// <summary>Registries redirect once, to where their blobs are.</summary>
    private const int MostRedirects = 5;

    /// <summary>The first answer demands credentials, the second a larger scope.</summary>
    private const int MostAuthorizations = 3;

    private readonly HostPauses pauses = new(time);
    private readonly HostScheme scheme = new(endpoint.Authority, endpoint.IsInsecure, connections, limits, time);

    /// <summary>As users know it.</summary>
    public string Name => endpoint.Host;

    private string LoginCommand => Name == ImageReference.DefaultHost ? "hearth login" : $"hearth login {Name}";

    public RegistryLimits Limits => limits;

    public TimeProvider Time => time;

    public Retrying Retrying { get; } = new(limits, time);

    /// <summary>Sends a request until an answer has arrived and has been read.</summary>
    /// <param name="request">The request.</param>
    /// <param name="read">Reads the answer, which is disposed afterwards.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">The registry refuses, cannot be reached, or its answer cannot be read.</exception>
    public Task<T> AskAsync<T>(RegistryRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken) =>
        Retrying.RunAsync(request.Act, token => AskOnceAsync(request, read, token), cancellationToken);

    /// <summary>As <see cref="AskAsync"/>, without another attempt.</summary>
    /// <exception cref="RequestException">The registry refuses, cannot be reached, or its answer cannot be read.</exception>
    /// <exception cref="ImageException">Credentials or certificates on this machine cannot be used.</exception>
    public async Task<T> AskOnceAsync<T>(RegistryRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await read(answer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a request once.</summary>
    /// <returns>A success, or an expected answer; the body has not been read.</returns>
    /// <exception cref="RequestException">The registry refuses, or cannot be reached.</exception>
    /// <exception cref="ImageException">Credentials or certificates on this machine cannot be used.</exception>
    public async Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await SendRememberedAsync(request, cancellationToken).ConfigureAwait(false)
            ?? await SendToRegistryAsync(request, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccessStatusCode || request.Expected.Contains(answer.StatusCode))
        {
            return answer;
        }

        Uri address = answer.RequestMessage!.RequestUri!;
        string host = IsOwn(address) ? Name : address.Authority;
        RequestException failure = await ErrorAnswer.ReadAsync(answer, host, limits, time, cancellationToken).ConfigureAwait(false);
        if (failure.Pause is { } pause && pause > limits.LongestPause)
        {
            pauses.Begin(address.Authority, pause);
        }

        throw !IsOwn(address) && failure.Status is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.Gone or HttpStatusCode.BadRequest
            ? new RequestException(failure.Error, $"{failure.Message}, after {Name} redirected the request") { IsTransient = true, Status = failure.Status }
            : failure.Error == ImageError.Unauthorized && request.Repository.Length > 0
            ? new RequestException(failure.Error, $"{failure.Message}; check the name, or use '{LoginCommand}'") { Status = failure.Status }
            : failure;
    }

    /// <returns>Null if no address is remembered, or it is no longer good.</returns>
    private async Task<HttpResponseMessage?> SendRememberedAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        if (request.Redirect?.Target is not { } target)
        {
            return null;
        }

        HttpResponseMessage answer;
        try
        {
            answer = await SendOnceAsync(request, target, null, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestException exception) when (exception.Pause is null)
        {
            // It cannot be reached: the registry may redirect the next request to another host.
            request.Redirect.Target = null;
            throw;
        }

        if (answer.IsSuccessStatusCode || request.Expected.Contains(answer.StatusCode) || (int)answer.StatusCode is 408 or 429)
        {
            return answer;
        }

        request.Redirect.Target = null;
        if ((int)answer.StatusCode >= 500)
        {
            return answer;
        }

        answer.Dispose();
        return null;
    }

    private async Task<HttpResponseMessage> SendToRegistryAsync(RegistryRequest request, CancellationToken cancellationToken)
    {
        Uri address = new(await scheme.RootAsync(cancellationToken).ConfigureAwait(false), request.Address);
        RefuseOpen(address, "names");
        bool isOwn = IsOwn(address);
        AuthenticationHeaderValue? used = null;
        for (int authorizations = 1; ; authorizations++)
        {
            AuthenticationHeaderValue? authorization = isOwn ? await authentication.AuthorizeAsync(request.Scope, request.Repository, cancellationToken).ConfigureAwait(false) : null;
            HttpResponseMessage answer = await FollowAsync(request, address, authorization, cancellationToken).ConfigureAwait(false);
            bool isRefused = answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && isOwn && IsOwn(answer.RequestMessage!.RequestUri!);
            bool isNew = authorizations == 1 || !Equals(authorization, used);
            if (!isRefused || !isNew || authorizations == MostAuthorizations || !authentication.Learn(answer, request.Scope, request.Repository, authorization))
            {
                return answer;
            }

            used = authorization;
            answer.Dispose();
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(RegistryRequest request, Uri address, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage answer = await SendOnceAsync(request, address, IsOwn(address) ? authorization : null, cancellationToken).ConfigureAwait(false);
            bool isRedirect = (int)answer.StatusCode is 301 or 302 or 303 or 307 or 308 && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head);
            if (!isRedirect)
            {
                if (request.Redirect is not null && redirects > 0 && answer.IsSuccessStatusCode)
                {
                    request.Redirect.Target = address;
                }

                return answer;
            }

            using (answer)
            {
                address = redirects < MostRedirects ? TargetOf(answer, address) : throw new RequestException(ImageError.RegistryFault, $"{Name} redirects more than {MostRedirects} times");
            }
        }
    }

    private Uri TargetOf(HttpResponseMessage answer, Uri address)
    {
        Uri target = AnswerLocation.Of(answer) ?? throw new RequestException(ImageError.RegistryFault, $"{address.Authority} redirects without saying where");
        RefuseOpen(target, "redirects to");
        return target;
    }

    /// <summary>What a registry names must have TLS as the registry itself has to.</summary>
    private void RefuseOpen(Uri target, string act)
    {
        if (target.Scheme != Uri.UriSchemeHttps && !(target.Scheme == Uri.UriSchemeHttp && (endpoint.IsInsecure || Loopback.Includes(target.Host))))
        {
            throw new RequestException(
                ImageError.RegistryFault, $"{Name} {act} '{target.Scheme}://{target.Authority}', which is not protected by TLS; allow that for this registry, or use another");
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(RegistryRequest request, Uri address, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        pauses.Check(address.Authority);
        using CancellationTokenSource deadline = new(limits.AnswerTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        HttpRequestMessage message = new(request.Method, address) { Content = request.Content?.Invoke(deadline.CancelAfter) };
        message.Headers.Authorization = authorization;
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        request.Prepare?.Invoke(message);
        try
        {
            return await connections.SendAsync(message, endpoint.IsInsecure, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw RequestException.Transient($"{address.Authority} does not answer within {limits.AnswerTimeout.TotalSeconds:0.#} s", exception);
        }
        catch (Exception exception) when (RequestException.IsOfConnection(exception))
        {
            throw RequestException.From(exception, address.Authority);
        }
    }

    /// <summary>Whether credentials may be sent there.</summary>
    private bool IsOwn(Uri address) => scheme.Root is { } root && address.Scheme == root.Scheme && address.Authority == root.Authority;
}
