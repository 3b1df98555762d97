using System.Net;
using Hearth.Distribution.Sources.Registry.Authentication;

namespace Hearth.Distribution.Sources.Registry.Requests;

/// <summary>A request that may be sent several times.</summary>
/// <param name="Act">What it is for, to follow "cannot".</param>
/// <param name="Method">GET and HEAD follow redirects.</param>
/// <param name="Address">From the registry's root, or absolute.</param>
/// <param name="Scope">What the host must allow.</param>
/// <param name="Repository">Whose credentials it has; empty for none.</param>
internal sealed record RegistryRequest(string Act, HttpMethod Method, string Address, RegistryScope Scope, string Repository)
{
    /// <summary>Adds headers to each message.</summary>
    public Action<HttpRequestMessage>? Prepare { get; init; }

    /// <summary>Makes each message's body. It is given what it has to call with the time that the next step may take.</summary>
    public Func<Action<TimeSpan>, HttpContent>? Content { get; init; }

    /// <summary>Answers besides 2xx that are the caller's.</summary>
    public IReadOnlyList<HttpStatusCode> Expected { get; init; } = [];

    /// <summary>Where the last redirect led, for requests that are sent often; null to ask the registry each time.</summary>
    public RedirectMemory? Redirect { get; init; }
}
