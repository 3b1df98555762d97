using System.Net;

namespace Hearth.Network.Names;

/// <summary>
/// An answer under a policy: written anew from the addresses of the question's name, and of the names to which it leads by CNAME
/// records. Records of other names, and private addresses of a public name, are left out.
/// </summary>
internal sealed class FilteredAnswer
{
    /// <summary>Longer chains are a server's mistake.</summary>
    private const int MaxChainLength = 16;

    /// <summary>Each address of an answer takes place in the kernel's sets. Names of large services have about a dozen.</summary>
    private const int MostAddresses = 64;

    private const ushort BlockedError = 15;

    private FilteredAnswer(ReadOnlyMemory<byte> bytes, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime)
    {
        Bytes = bytes;
        Addresses = addresses;
        Lifetime = lifetime;
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>All addresses in the answer.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>The longest time to live of an address.</summary>
    public TimeSpan Lifetime { get; }

    /// <summary>
    /// Answers the questions whose answers would have addresses or keys that no policy sees: HTTPS and SVCB have no records, and
    /// ANY is not implemented (RFC 8482).
    /// </summary>
    /// <returns>Null for other questions.</returns>
    public static byte[]? FindRefusal(DnsMessage query) => query.Type switch
    {
        DnsType.Service or DnsType.WebService => DnsAnswer.To(query, DnsResponseCode.NoError).Finish(),
        DnsType.Any => DnsAnswer.To(query, DnsResponseCode.NotImplemented).Finish(),
        _ => null,
    };

    /// <param name="query">A question for addresses.</param>
    /// <param name="answer">The answer of the host's servers.</param>
    /// <param name="publicOnly">True to leave private addresses out.</param>
    public static FilteredAnswer Of(DnsMessage query, DnsMessage answer, bool publicOnly)
    {
        DnsAnswer rewritten = DnsAnswer.To(query, answer.ResponseCode);
        DnsName owner = FollowChain(query, answer, rewritten);
        List<IPAddress> addresses = [];
        uint lifetime = 0;
        bool isBlocked = false;
        foreach (DnsRecord record in answer.Answers.Where(record => IsOf(record, owner, query.Type)))
        {
            if (answer.AddressOf(record) is not { } address)
            {
                continue;
            }

            if (publicOnly && !PublicAddresses.Contain(address))
            {
                isBlocked = true;
                continue;
            }

            if (addresses.Count == MostAddresses)
            {
                break;
            }

            rewritten.Add(owner, address, record.TimeToLive);
            addresses.Add(address);
            lifetime = Math.Max(lifetime, record.TimeToLive);
        }

        byte[] bytes = isBlocked ? rewritten.Finish("a public name must not lead to a private address", BlockedError) : rewritten.Finish();
        return new FilteredAnswer(bytes, addresses, TimeSpan.FromSeconds(lifetime));
    }

    /// <returns>The name at the end of the chain.</returns>
    private static DnsName FollowChain(DnsMessage query, DnsMessage answer, DnsAnswer rewritten)
    {
        DnsName owner = query.Name;
        for (int length = 0; length < MaxChainLength; length++)
        {
            DnsRecord? link = answer.Answers.FirstOrDefault(record => IsOf(record, owner, DnsType.CanonicalName));
            if (link is null || answer.TargetOf(link) is not { } target)
            {
                break;
            }

            rewritten.Add(owner, DnsType.CanonicalName, target, link.TimeToLive);
            owner = target;
        }

        return owner;
    }

    private static bool IsOf(DnsRecord record, DnsName owner, DnsType type) =>
        record.Type == type && record.Class == DnsMessage.InternetClass && record.Name == owner;
}
