using System.Net;
using Hearth.Containers;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Names;
using Hearth.Linux.Network;
using Hearth.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>
/// The files of names of a container whose network Hearth has not made. It asks the network's own DNS servers by its own interface, as
/// every process in the network does. Where the network names none, the host's servers are asked by the keeper.
/// </summary>
/// <param name="setup">The run.</param>
internal sealed class JoinedNames(RunSetup setup) : IHostNames
{
    private NetworkOptions Options => setup.Description.Network;

    /// <summary>Adds /etc/resolv.conf and /etc/hosts.</summary>
    /// <param name="guest">The guest's configuration.</param>
    /// <param name="session">The guest.</param>
    /// <param name="resolver">The network's own /etc/resolv.conf; empty to keep the image's; null for the host's servers.</param>
    /// <param name="machine">The machine in a namespace, whose policy decides about names; null for one without.</param>
    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session, string? resolver, JoinedMachine? machine = null)
    {
        GuestHostEntry[] hosts = [.. Options.Hosts.Select(entry => new GuestHostEntry(NetworkSettings.AddressOf(entry, IPAddress.Any), entry.Name))];
        if (Options.NameServers.Count > 0)
        {
            resolver = Compose([.. Options.NameServers.Select(server => ParseServer(server).ToString())], [], []);
        }

        if (machine?.Policy is { } policy)
        {
            return guest with { Network = new GuestNetwork([], ConfineNames(policy, resolver).ComposeForGuest(), hosts), NameStream = AnswerNames(session, UpstreamOf(machine, resolver), policy).Id };
        }

        if (resolver is not null)
        {
            return guest with { Network = new GuestNetwork([], resolver, hosts) };
        }

        HostResolver host = HostResolver.Read();
        host = Options.SearchDomains.Count > 0 ? host with { Search = Search([]) } : host;
        return guest with { Network = new GuestNetwork([], host.ComposeForGuest(), hosts), NameStream = AnswerNames(session, new UpstreamResolver(HostResolver.Read, setup.Context.Clock), new OpenNameGate()).Id };
    }

    /// <summary>Composes a resolv.conf. The container's own search domains have precedence.</summary>
    public string Compose(IReadOnlyList<string> servers, IReadOnlyList<string> search, IReadOnlyList<string> options)
    {
        IReadOnlyList<string> domains = Search(search);
        return string.Concat(servers.Select(server => $"nameserver {server}\n"))
            + (domains.Count > 0 ? $"search {string.Join(' ', domains)}\n" : "")
            + (options.Count > 0 ? $"options {string.Join(' ', options)}\n" : "");
    }

    IReadOnlyList<IPAddress>? IHostNames.Resolve(string name) => null;

    string? IHostNames.NameOf(IPAddress address) => null;

    private IReadOnlyList<string> Search(IReadOnlyList<string> other) => Options.SearchDomains switch
    {
        [] => other,
        ["."] => [],
        var own => own,
    };

    /// <returns>The servers of the network, which the keeper asks, and its search domains.</returns>
    private HostResolver ConfineNames(JoinedPolicy policy, string? resolver)
    {
        HostResolver read = resolver is null ? HostResolver.Read() : HostResolver.Parse(resolver);
        policy.OwnDomains = read.Search;
        return read with { Search = Search(read.Search) };
    }

    /// <summary>The network's servers are asked in its namespace, and the host's as usual.</summary>
    private UpstreamResolver UpstreamOf(JoinedMachine machine, string? resolver) => resolver is null
        ? new UpstreamResolver(HostResolver.Read, setup.Context.Clock)
        : new UpstreamResolver(() => HostResolver.Parse(resolver), setup.Context.Clock, open: machine.OpenSocket);

    private GuestDataStream AnswerNames(GuestSession session, UpstreamResolver upstream, INameGate gate)
    {
        GuestDataStream stream = session.OpenStream();
        NameServer server = new(this, [], upstream, gate);
        setup.Undo.Own("end the answers to names", NameRelay.Start(stream, server.AnswerAsync));
        return stream;
    }

    private static IPAddress ParseServer(string text) => StrictAddress.TryParse(text, out IPAddress? address)
        ? address
        : throw new HearthException(HearthError.InvalidRequest, $"cannot use '{text}' as a DNS server: it is not an IP address; use one such as 192.0.2.53");
}
