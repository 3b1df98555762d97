using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Hearth.Network.Names;

/// <summary>
/// Asks the host's name servers: in resolv.conf's order, with its timeout and attempts, by UDP from a random port with a random id,
/// and by TCP if an answer was cut. The file is read for every query, so a change is in use at once. A server that did not answer
/// in time is asked last for a while, so that a dead one does not delay every name. Nothing is cached.
/// </summary>
/// <param name="read">Reads the servers and options.</param>
/// <param name="clock">Measures timeouts.</param>
/// <param name="port">The servers' port.</param>
/// <param name="open">Opens a socket, for servers of another network namespace; null for this process's own.</param>
public sealed class UpstreamResolver(
    Func<HostResolver> read, TimeProvider clock, int port = UpstreamResolver.UsualPort, Func<AddressFamily, SocketType, ProtocolType, Socket>? open = null)
{
    private const int UsualPort = 53;

    /// <summary>As in the C library: further servers are not used.</summary>
    private const int MaxServers = 3;

    private static readonly TimeSpan avoidance = TimeSpan.FromSeconds(30);

    private readonly UpstreamExchange exchange = new(open ?? ((family, type, protocol) => new Socket(family, type, protocol)));
    private readonly ConcurrentDictionary<IPAddress, long> silent = new();

    /// <summary>Asks until a server answers that the name exists, or that it does not.</summary>
    /// <returns>The answer with the query's id; an answer that reports a failure if there is no better; null if there is none.</returns>
    internal async Task<DnsMessage?> AskAsync(DnsMessage query, CancellationToken cancellationToken)
    {
        HostResolver resolver = read();
        DnsMessage? failure = null;
        for (int attempt = 0; attempt < resolver.Attempts; attempt++)
        {
            foreach (IPAddress server in InOrder(resolver.Servers))
            {
                DnsMessage? answer = await TryAskAsync(query, new IPEndPoint(server, port), resolver.Timeout, cancellationToken).ConfigureAwait(false);
                if (answer?.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameError)
                {
                    return answer;
                }

                failure = answer ?? failure;
            }
        }

        return failure;
    }

    private IEnumerable<IPAddress> InOrder(IReadOnlyList<IPAddress> servers)
    {
        IPAddress[] used = [.. servers.Take(MaxServers)];
        return used.OrderBy(server => silent.TryGetValue(server, out long since) && clock.GetElapsedTime(since) < avoidance);
    }

    private async Task<DnsMessage?> AskAsync(DnsMessage query, IPEndPoint server, bool isPlain, CancellationToken cancellationToken)
    {
        byte[] bytes = DnsAnswer.ComposeQuery(query, (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1), isPlain);
        if (!DnsMessage.TryParse(bytes, out DnsMessage? asked))
        {
            return null;
        }

        byte[] answer = await exchange.AskAsync(asked, server, cancellationToken).ConfigureAwait(false);
        silent.TryRemove(server.Address, out _);
        query.Bytes.Span[..sizeof(ushort)].CopyTo(answer);
        return DnsMessage.TryParse(answer, out DnsMessage? message) ? message : null;
    }

    private async Task<DnsMessage?> TryAskAsync(DnsMessage query, IPEndPoint server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource time = new(timeout, clock);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            DnsMessage? answer = await AskAsync(query, server, isPlain: false, both.Token).ConfigureAwait(false);
            return answer?.ResponseCode == DnsResponseCode.FormatError && query.Options is not null
                ? await AskAsync(query, server, isPlain: true, both.Token).ConfigureAwait(false)
                : answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            silent[server.Address] = clock.GetTimestamp();
            return null;
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return null; // Refused or unreachable: known at once, so there is nothing to avoid.
        }
    }
}
