using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Records.Networks;
using Hearth.Remote;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth network</c>: the networks of containers.</summary>
internal sealed class NetworkCommands(CommandContext context, GlobalFlags global)
{
    private readonly NetworkPolicyCommands policies = new(context, global);
    private readonly Argument<string> newName = Argument.One("NAME");
    private readonly Argument<string[]> names = Argument.OneOrMore("NETWORK");
    private readonly Argument<string> network = Argument.One("NETWORK");
    private readonly Argument<string> container = Argument.One("CONTAINER");

    private readonly Flag<string[]> subnets = Flag.List("--subnet", "CIDR", "IPv4 network, and also an IPv6 network of 64 bits\n(default: a private range that nothing else uses)");
    private readonly Flag<string?> gateway = Flag.Text("--gateway", "ADDRESS", "the host's IPv4 address in the network (default: the first)");
    private readonly Flag<string?> range = Flag.Text("--ip-range", "CIDR", "part of the subnet for containers without --ip (default: all of it)");
    private readonly Flag<string[]> reserved = Flag.List("--aux-address", "NAME=ADDRESS", "IPv4 address that no container gets");
    private readonly Flag<string[]> options = Flag.List("--opt", "NAME=VALUE", "com.docker.network.driver.mtu=BYTES,\ncom.docker.network.bridge.enable_icc=false,\ncom.docker.network.bridge.enable_ip_masquerade=false", "-o");
    private readonly Flag<bool> isInternal = Flag.Switch("--internal", "no connections or names from outside the network");
    private readonly Flag<bool> ipv6 = Flag.Switch("--ipv6", "networks always have IPv6; false is refused (default true)", isOn: true);
    private readonly Flag<string> driver = Flag.Choice("--driver", "kind of network; there is one", "-d", [(NetworkStore.Driver, NetworkStore.Driver)]);
    private readonly Flag<string[]> labels = Flag.List("--label", "NAME[=VALUE]", "set a label");

    private readonly RefusedNetworkFlags refused = new();

    private readonly Flag<string?> format = Flag.Text("--format", "FORMAT", "table, json (one object a line), or a template such as\n'{{.ID}} {{.Name}}'");
    private readonly Flag<bool> quiet = Flag.Switch("--quiet", "print only ids", "-q");
    private readonly Flag<bool> whole = Flag.Switch("--no-trunc", "do not truncate ids");
    private readonly Flag<string[]> filters = Flag.List("--filter", "NAME=VALUE", "id=…, name=…, driver=bridge, label=NAME[=VALUE],\ntype=custom|builtin, scope=local, dangling=true|false", "-f");
    private readonly Flag<string[]> pruneFilters = Flag.List("--filter", "NAME=VALUE", "label=NAME[=VALUE], label!=NAME[=VALUE], until=TIME");
    private readonly Flag<bool> force = Flag.Switch("--force", "no error for a network that does not exist", "-f");
    private readonly Flag<bool> unasked = Confirmation.Force();
    private readonly Flag<string?> template = Flag.Text("--format", "FORMAT", "json, or a template such as '{{.Name}}'", "-f");

    private readonly Flag<bool> verbose = Flag.Switch("--verbose", "no effect: docker shows more of clusters", "-v");
    private readonly Flag<bool> forced = Flag.Switch("--force", "no effect: a running machine keeps its interfaces", "-f");

    private readonly Flag<string?> address = Flag.Text("--ip", "ADDRESS", "IPv4 address in the network (default any free one)");
    private readonly Flag<string[]> aliases = Flag.List("--alias", "NAME", "further name of the container in the network");

    public Command Create() => new Command("network", "Manage networks of containers") { Usage = "COMMAND" }
        .WithCommands(CreateConnect(), CreateCreate(), CreateDisconnect(), policies.CreateExplain(), CreateInspect(), CreateList(), policies.CreatePolicy(), CreatePrune(),
            CreateRemove());

    private Command CreateCreate() => new Command("create", "Create a network and print its id")
    {
        Usage = "[FLAGS] NAME",
        Details = """
            Containers with '--network NAME' reach each other there by name, and no container of other
            networks. The network's bridge exists while one of them runs.
            """,
        Examples =
        [
            ("hearth network create front", "then: hearth run --network front ..."),
            ("hearth network create --internal --subnet 10.1.0.0/24 back", "nothing outside can be reached from it"),
        ],
    }.WithFlags("Flags", reserved, driver, gateway, isInternal, range, ipv6, labels, options, subnets).WithFlags("Refused", refused.OfCreation).WithArguments(newName)
        .WithAction(MakeAsync);

    private Command CreateList() => new Command("ls", "List networks")
    {
        Usage = "[FLAGS]",
        Examples = [("hearth network ls --filter label=ci -q", "ids of those with a label")],
    }.WithFlags("Flags", filters, format, whole, quiet)
        .WithAction(ShowAsync);

    private Command CreateInspect() => new Command("inspect", "Show details of networks, as JSON") { Usage = "[FLAGS] NETWORK..." }
        .WithFlags("Flags", template, verbose).WithArguments(names)
        .WithAction(InspectAsync);

    private Command CreateRemove() => new Command("rm", "Remove networks that no container has") { Usage = "[FLAGS] NETWORK..." }
        .WithFlags("Flags", force).WithArguments(names)
        .WithAction(RemoveAsync);

    private Command CreatePrune() => new Command("prune", "Remove all networks that no container has")
    {
        Usage = "[FLAGS]",
    }.WithFlags("Flags", pruneFilters, unasked)
        .WithAction(PruneAsync);

    private Command CreateConnect() => new Command("connect", "Connect a stopped container to a network")
    {
        Usage = "[FLAGS] NETWORK CONTAINER",
        Details = """
            The container has the network from its next start. A running machine cannot get another interface.
            """,
        Examples = [("hearth network connect --alias db back postgres", "others of 'back' reach it as db")],
    }.WithFlags("Flags", aliases, address).WithFlags("Refused", refused.OfConnection).WithArguments(network, container)
        .WithAction(ConnectAsync);

    private Command CreateDisconnect() => new Command("disconnect", "Disconnect a stopped container from a network") { Usage = "[FLAGS] NETWORK CONTAINER" }
        .WithFlags("Flags", forced).WithArguments(network, container)
        .WithAction(DisconnectAsync);

    private async Task<int> MakeAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        if (!line.GetValue(ipv6))
        {
            throw new UsageException("cannot use --ipv6=false: Hearth's networks always have IPv6; omit the flag");
        }

        refused.CheckCreation(line);
        NetworkRequest request = new(line.GetValue(newName))
        {
            Subnets = line.GetValue(subnets),
            Gateway = line.GetValue(gateway),
            IpRange = line.GetValue(range),
            Reserved = CommonFlags.ReadLabels(line.GetValue(reserved)),
            Options = CommonFlags.ReadLabels(line.GetValue(options)),
            IsInternal = line.GetValue(isInternal),
            Labels = CommonFlags.ReadLabels(line.GetValue(labels)),
        };
        foreach (string name in request.IgnoredOptions)
        {
            context.Warn($"--opt {name} is ignored: Hearth does not know it");
        }

        NetworkEntry entry = await Open(line).CreateAsync(request, cancellationToken);
        await context.Output.WriteLineAsync(entry.Id);
        return 0;
    }

    private async Task<int> ShowAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        NetworkFilter filter = NetworkFilter.Parse(line.GetValue(filters));
        bool isWhole = line.GetValue(whole);
        HashSet<string>? taken = filter.ConcernsUse ? [.. (await ContainerCommands.Open(context, global, line).ListAsync(cancellationToken)).SelectMany(entry => entry.Container.Description.Network.EffectiveNetworks).Select(place => place.Network)] : null;
        NetworkRow[] rows = [.. (await Open(line).ListAsync(cancellationToken)).Where(entry => filter.Matches(entry) && filter.MatchesUse(taken?.Contains(entry.Name) == true)).Select(entry => NetworkRow.Of(entry, isWhole || line.GetValue(format) == "json"))];
        if (line.GetValue(quiet))
        {
            Array.ForEach(rows, row => context.Output.WriteLine(row.ID));
            return 0;
        }

        RowOutput.Write(context.Output, line.GetValue(format), ["NETWORK ID", "NAME", "DRIVER", "SCOPE"], rows,
            row => [row.ID, row.Name, row.Driver, row.Scope], OutputJson.Lines.NetworkRow);
        return 0;
    }

    private async Task<int> InspectAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        INetworks networks = Open(line);
        List<NetworkDetails> found = [];
        int exitCode = 0;
        foreach (string name in line.GetValue(names))
        {
            try
            {
                (NetworkEntry entry, IReadOnlyList<NetworkMember> members) = await networks.FindAsync(name, cancellationToken);
                found.Add(NetworkDetails.Of(entry, members));
            }
            catch (HearthException failure)
            {
                context.Error.WriteLine($"hearth: {failure.Message}");
                exitCode = 1;
            }
        }

        if (line.GetValue(template) is { } text and not "json")
        {
            RowOutput.WriteTemplate(context.Output, text, new Dictionary<string, string>(), found, OutputJson.Views.NetworkDetails);
        }
        else
        {
            JsonOutput.Write(context.Output, found, OutputJson.Views.ListNetworkDetails);
        }

        return exitCode;
    }

    private async Task<int> RemoveAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        INetworks networks = Open(line);
        List<string> there = [];
        foreach (string name in line.GetValue(names))
        {
            if (!line.GetValue(force) || await ExistsAsync(networks, name, cancellationToken))
            {
                there.Add(name);
            }
        }

        return await NamedRemoval.RunAsync(context, there, name => networks.RemoveAsync(name, cancellationToken));
    }

    private static async Task<bool> ExistsAsync(INetworks networks, string name, CancellationToken cancellationToken)
    {
        try
        {
            await networks.FindAsync(name, cancellationToken);
            return true;
        }
        catch (HearthException failure) when (failure.Error == HearthError.NetworkUnknown)
        {
            return false;
        }
    }

    private async Task<int> PruneAsync(ParsedLine line, CancellationToken cancellationToken)
    {
        PruneFilter filter = PruneFilter.Parse(line.GetValue(pruneFilters), context.Clock);
        if (!line.GetValue(unasked) && !Confirmation.Ask(context, "This removes all networks that no container has."))
        {
            return 1;
        }

        IReadOnlyList<NetworkEntry> removed = await Open(line).PruneAsync(entry => filter.Matches(entry.Created, entry.Labels), cancellationToken);
        foreach (NetworkEntry entry in removed)
        {
            context.Output.WriteLine(entry.Name);
        }

        await context.Error.WriteLineAsync($"Removed {removed.Count}.");
        return 0;
    }

    private async Task<int> ConnectAsync(ParsedLine line)
    {
        refused.CheckConnection(line);
        (IContainers service, Container found, NetworkEntry entry) = await FindBothAsync(line);
        await service.ConnectAsync(found.Id, new NetworkPlacement(entry.Name) { Address = line.GetValue(address), Aliases = line.GetValue(aliases) });
        return 0;
    }

    private async Task<int> DisconnectAsync(ParsedLine line)
    {
        (IContainers service, Container found, NetworkEntry entry) = await FindBothAsync(line);
        await service.DisconnectAsync(found.Id, entry.Name);
        return 0;
    }

    private async Task<(IContainers Service, Container Container, NetworkEntry Network)> FindBothAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.Open(context, global, line);
        NetworkEntry entry = (await Open(line).FindAsync(line.GetValue(network))).Network;
        return (service, (await service.FindAsync(line.GetValue(container))).Container, entry);
    }

    private INetworks Open(ParsedLine line) => Open(context, global, line);

    /// <summary>Those of the chosen host.</summary>
    public static INetworks Open(CommandContext context, GlobalFlags global, ParsedLine line) => global.FindHost(line, context) is { } access
        ? new RemoteNetworks(new WorkerConnection(access))
        : new HostNetworks(new NetworkStore(global.Directories(line, context), context.Clock) { DefaultSubnet = NetworkFlags.SubnetOf(context.Environment.Find) });
}
