using Hearth.Control;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Hearth.Worker.Api;

/// <summary>
/// Requests that become connections to keepers: after the answer 101, both sides send the frames of the control socket. A client
/// on another host so uses the same messages as one on this host.
/// </summary>
internal static class ControlUpgrade
{
    /// <exception cref="ApiException">The request does not ask for such a connection.</exception>
    public static void Require(HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } || context.Request.Headers.Upgrade.ToString() != ControlTunnel.Protocol)
        {
            throw new ApiException(StatusCodes.Status426UpgradeRequired, $"this request becomes a connection: send the headers 'Connection: Upgrade' and 'Upgrade: {ControlTunnel.Protocol}'");
        }
    }

    /// <summary>Takes the request's connection.</summary>
    public static async Task<ControlTunnel> AcceptAsync(HttpContext context)
    {
        context.Response.Headers.Upgrade = ControlTunnel.Protocol;
        return new ControlTunnel(await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync());
    }

    /// <summary>Passes frames on in both directions, until one side ends.</summary>
    /// <param name="keeper">The caller closes it.</param>
    /// <param name="client">The caller closes it.</param>
    /// <param name="seen">Gets the keeper's messages; null if nobody wants them.</param>
    /// <param name="cancellationToken">Ends both directions.</param>
    public static async Task RelayAsync(ControlConnection keeper, ControlConnection client, Action<ControlMessage>? seen, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task answers = PassAsync(keeper, client, seen, ended.Token);
        Task requests = PassAsync(client, keeper, seen: null, ended.Token);
        if (await Task.WhenAny(answers, requests) == requests)
        {
            // The client has gone, which the keeper sees at once.
            keeper.Abort();
        }

        await answers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended.CancelAsync();
        await requests.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task PassAsync(ControlConnection from, ControlConnection to, Action<ControlMessage>? seen, CancellationToken cancellationToken)
    {
        try
        {
            while (await from.ReceiveAsync(cancellationToken) is { } frame)
            {
                if (seen is not null && frame.Kind == ControlFrameKind.Message)
                {
                    seen(ControlConnection.Parse(frame.Payload));
                }

                await to.SendAsync(frame.Kind, frame.Payload, cancellationToken);
            }
        }
        catch (IOException)
        {
            // The other side has gone.
        }
    }
}
