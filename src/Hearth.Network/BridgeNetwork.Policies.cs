using System.Net;
using System.Net.Sockets;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <content>The guests' policies, and what decides besides them.</content>
public sealed partial class BridgeNetwork
{
    /// <summary>From so many destinations on, a guest may have been refused more than are listed.</summary>
    public const int ListedAtOnce = PolicyChains.NotedAtOnce;

    private readonly PolicyTable policies = new(definition.Bridge);

    /// <summary>
    /// Gives a guest a policy, or another one, at one moment. Connections that it forbids are cut, others go on. Of the
    /// addresses that names opened earlier, only the given ones stay open.
    /// </summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="policy">The policy; null for everywhere except the closed addresses.</param>
    /// <param name="earlier">The generation of the guest's earlier policy; 0 if it had none.</param>
    /// <param name="admissions">The addresses that names have opened and that stay open.</param>
    /// <returns>The generation of this policy, for the next call.</returns>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public uint SetPolicy(NetworkAttachment attachment, EgressPolicy? policy, uint earlier, IReadOnlyList<Admission> admissions)
    {
        NoteConfinement(attachment, policy is not null);
        return policies.Set(RulesOf(attachment), attachment.Guest, policy, earlier, admissions);
    }

    /// <summary>Notes at a tap whether its guest has a policy. The next process that creates deleted tables reads it.</summary>
    private static void NoteConfinement(NetworkAttachment attachment, bool isConfined)
    {
        try
        {
            using RouteSocket socket = RouteSocket.Open();
            if (Links.Find(socket, attachment.TapName) is { } link && TapNote.Parse(link.Alias) is var note && note.IsConfined != isConfined)
            {
                Links.SetAlias(socket, link.Index, (note with { IsConfined = isConfined }).ToString());
            }
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot set the policy of {attachment.Ipv4}: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Opens addresses to a guest that the resolver is about to give to it, and closes outdated ones. They are open when this returns.
    /// </summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Admit(NetworkAttachment attachment, Admission admission) => policies.Admit(RulesOf(attachment), attachment.Guest, admission);

    /// <summary>What names have opened of an address to a guest, or closed, for a port of a protocol.</summary>
    internal LearnedScope FindLearned(NetworkAttachment attachment, IPAddress address, TransportProtocol protocol, ushort port) =>
        policies.FindLearned(attachment.Guest, address, protocol, port);

    /// <summary>What a guest was refused in the last ten minutes: <see cref="ListedAtOnce"/> destinations, and one more for each second.</summary>
    public IReadOnlyList<DeniedAttempt> ListDenied(NetworkAttachment attachment) => policies.ListDenied(attachment.Guest);

    /// <summary>How many packets a guest was refused beside those to the destinations of <see cref="ListDenied"/>, which are too many.</summary>
    public long CountUnlisted(NetworkAttachment attachment) => policies.CountUnlisted(attachment.Guest);

    /// <summary>Whether a process of the host listens on a port of an address for a guest of this network.</summary>
    internal bool IsRelayed(IPAddress address, TransportProtocol protocol, ushort port)
    {
        using NfTables tables = OpenTables();
        if (tables.TryList($"list table {routes.Table}") is not { } json)
        {
            return false;
        }

        ElementReader reader = new(json);
        string key = RouteRules.KeyOf(protocol, port);
        string family = address.AddressFamily == AddressFamily.InterNetwork ? "relays4" : "relays6";
        return reader.HasKey("relays", key) || reader.HasKey(family, key) || reader.HasKey($"{family}_at", $"{address} . {key}");
    }

    /// <summary>Whether rules of a network lead a port of an address of the host to a guest.</summary>
    /// <param name="bridge">The network's bridge.</param>
    /// <param name="address">The host's address.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="port">The port.</param>
    internal static bool IsPublished(string bridge, IPAddress address, TransportProtocol protocol, ushort port)
    {
        using NfTables tables = OpenTables();
        if (tables.TryList($"list table inet {bridge}") is not { } json)
        {
            return false;
        }

        ElementReader reader = new(json);
        string map = address.AddressFamily == AddressFamily.InterNetwork ? "ports4" : "ports6";
        string key = RouteRules.KeyOf(protocol, port);
        return reader.HasKey(map, key) || reader.HasKey($"{map}_at", $"{address} . {key}");
    }

    private PolicyRules RulesOf(NetworkAttachment attachment) => new(definition, attachment.Guest);
}
