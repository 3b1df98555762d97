using System.Net;

namespace Hearth.Network.Names;

/// <summary>
/// Answers a guest's queries: first from the host's own names, then, if the policy allows the name, from the host's servers. The
/// guest gets an answer with addresses when the policy has admitted them. Any bytes may be passed; there is an answer whatever
/// happens.
/// </summary>
/// <param name="names">The containers' names.</param>
/// <param name="gateways">The host's addresses in the guest's networks, for <c>host.hearth.internal</c> and docker's names for it.</param>
/// <param name="upstream">The host's servers.</param>
/// <param name="gate">The policy.</param>
public sealed class NameServer(IHostNames names, IReadOnlyList<IPAddress> gateways, UpstreamResolver upstream, INameGate gate)
{
    /// <summary>The host's own names are asked for each time, since a container may be renamed or stopped.</summary>
    private const uint OwnTimeToLive = 0;

    private const ushort FilteredError = 17;

    private readonly OwnNames own = new(names, gateways);

    /// <summary>Answers a query.</summary>
    /// <param name="query">The bytes of a message.</param>
    /// <param name="isDatagram">True if the query came by UDP, so that the answer has a limit.</param>
    /// <param name="cancellationToken">Stops the wait for servers.</param>
    /// <returns>The answer; empty if the bytes deserve none.</returns>
    public async Task<ReadOnlyMemory<byte>> AnswerAsync(ReadOnlyMemory<byte> query, bool isDatagram, CancellationToken cancellationToken)
    {
        if (query.Length < DnsMessage.HeaderBytes || (query.Span[2] & DnsMessage.AnswerFlag) != 0)
        {
            return default;
        }

        if (!DnsMessage.TryParse(query, out DnsMessage? message))
        {
            return DnsAnswer.FormatErrorTo(query.Span);
        }

        ReadOnlyMemory<byte> answer = await AnswerAsync(message, cancellationToken).ConfigureAwait(false);
        return isDatagram && answer.Length > message.DatagramLimit ? DnsAnswer.Truncate(message, answer) : answer;
    }

    private async Task<ReadOnlyMemory<byte>> AnswerAsync(DnsMessage query, CancellationToken cancellationToken)
    {
        if (!query.IsQueryOperation)
        {
            return DnsAnswer.To(query, DnsResponseCode.NotImplemented).Finish();
        }

        try
        {
            return own.TryAnswer(query, OwnTimeToLive) ?? await AskAsync(query, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The records or the policy cannot be read or changed: no answer is better than one without them. Other questions are answered.
            return DnsAnswer.To(query, DnsResponseCode.ServerFailure).Finish();
        }
    }

    private async Task<ReadOnlyMemory<byte>> AskAsync(DnsMessage query, CancellationToken cancellationToken)
    {
        NameVerdict verdict = gate.Judge(query.Name.Text, query.Type);
        if (verdict == NameVerdict.Refuse)
        {
            return DnsAnswer.To(query, DnsResponseCode.NameError).Finish("the egress policy, or an internal network, does not allow this name", FilteredError);
        }

        bool isOpen = verdict is NameVerdict.Open or NameVerdict.Learn;
        if (!isOpen && FilteredAnswer.FindRefusal(query) is { } refusal)
        {
            return refusal;
        }

        DnsMessage? answer = await upstream.AskAsync(query, cancellationToken).ConfigureAwait(false);
        if (answer is null)
        {
            return DnsAnswer.To(query, DnsResponseCode.ServerFailure).Finish();
        }

        bool hasAddresses = query.Type is DnsType.Address or DnsType.Ipv6Address;
        if (verdict == NameVerdict.Open || !hasAddresses || answer.ResponseCode != DnsResponseCode.NoError)
        {
            return answer.Bytes;
        }

        FilteredAnswer filtered = FilteredAnswer.Of(query, answer, publicOnly: verdict != NameVerdict.AdmitAny);
        if (filtered.Addresses.Count > 0)
        {
            await gate.AdmitAsync(query.Name.Text, filtered.Addresses, filtered.Lifetime, cancellationToken).ConfigureAwait(false);
        }

        return isOpen ? answer.Bytes : filtered.Bytes;
    }
}
