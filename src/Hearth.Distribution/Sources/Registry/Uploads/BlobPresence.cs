using System.Net;
using Hearth.Distribution.Sources.Registry.Requests;

namespace Hearth.Distribution.Sources.Registry.Uploads;

/// <summary>Whether a repository has something.</summary>
internal static class BlobPresence
{
    /// <param name="host">Who is asked.</param>
    /// <param name="request">With the method HEAD.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">The registry cannot be read.</exception>
    public static Task<bool> IsThereAsync(RegistryHost host, RegistryRequest request, CancellationToken cancellationToken) =>
        host.AskAsync(request with { Expected = [HttpStatusCode.NotFound] }, (answer, _) => Task.FromResult(answer.IsSuccessStatusCode), cancellationToken);
}
