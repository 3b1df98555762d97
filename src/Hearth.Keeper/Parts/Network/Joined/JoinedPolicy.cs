using System.Net;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Network;
using Hearth.Network.Joined;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>
/// The policy of a container in a network that Hearth has not made. It applies from the moment when the machine gets the interfaces; before
/// that, no name is resolved.
/// </summary>
/// <param name="setup">The run.</param>
/// <param name="initial">The policy.</param>
internal sealed class JoinedPolicy(RunSetup setup, EgressPolicy initial) : INameGate
{
    private ContainerPolicy? policy;
    private RuleWatch? watch;
    /// <summary>The policy with which the machine starts.</summary>
    public EgressPolicy Initial => initial;

    /// <summary>For clients, when the machine has its interfaces.</summary>
    public NetworkControl? Control { get; private set; }

    /// <summary>The network's search domains: names below them, and names without dots, are its own and may lead to private addresses.</summary>
    public IReadOnlyList<string> OwnDomains { get; set; } = [];

    /// <summary>What passed and was denied, when the run has ended.</summary>
    public NetworkReport? LastReport { get; private set; }

    public IEnumerable<Diagnostic> Diagnostics => watch is { Restorations: > 0 and var count }
        ? [Diagnostic.Warning(DiagnosticCode.NetworkRestored, $"another program removed rules of the container's network; they were restored {(count == 1 ? "once" : $"{count} times")}")]
        : [];

    /// <summary>Begins to serve the policy of interfaces whose rules exist.</summary>
    /// <param name="interfaces">The interfaces.</param>
    /// <param name="names">The names that the keeper answers itself.</param>
    public void Start(IReadOnlyList<ConfinedInterface> interfaces, IHostNames names)
    {
        ConfinedNetwork[] networks = [.. interfaces.Select(each => new ConfinedNetwork(each))];
        IPAddress[] routers = [.. interfaces.SelectMany(each => each.Routers).Distinct()];
        policy = new ContainerPolicy(networks, initial, setup.Context.Clock, IsOfNetwork);
        GuestNames known = new(
            [.. setup.Description.Network.Hosts.Select(entry => (entry.Name, IPAddress.Parse(NetworkSettings.AddressOf(entry, IPAddress.Any))))], routers, new OwnNames(names, []));
        Control = new NetworkControl(networks, policy, known, new ConfinedPlace(interfaces));
        DenialWatch denials = new DenialWatch(Control, networks, policy, setup.Context.Denied, setup.Context.Clock);
        setup.Undo.Push("read what passed the network", () => LastReport = denials.Last ?? TryObserve());
        watch = setup.Undo.Own("end the watch for lost rules", new RuleWatch(networks, policy, setup.Context.Clock).Start());
        setup.Undo.Own("end the watch for denied connections", denials.Start());
    }

    public NameVerdict Judge(string name, DnsType type) => policy?.Judge(name, type) ?? NameVerdict.Refuse;

    public Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken) =>
        policy!.AdmitAsync(name, addresses, lifetime, cancellationToken);

    private bool IsOfNetwork(string name) => !name.Contains('.', StringComparison.Ordinal)
        || OwnDomains.Any(domain => name.EndsWith($".{domain.TrimEnd('.')}", StringComparison.OrdinalIgnoreCase));

    private NetworkReport? TryObserve()
    {
        try
        {
            return Control!.Observe();
        }
        catch (NetworkException)
        {
            // Somebody has removed the table or the tap: a report without figures is no failure of the container.
            return null;
        }
    }
}
