using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;
using Hearth.Network;
using Hearth.Network.Cni;
using Hearth.Network.Joined;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>
/// The interfaces that the plugins of a CNI configuration make: a namespace of the container's own, which the plugins fill and the
/// machine joins.
/// </summary>
internal sealed class CniPart(RunSetup setup) : IRunPart
{
    private const string NamespaceFile = "netns";

    /// <summary>For the programs that plugins run, such as iptables.</summary>
    private const string SearchPathVariable = "PATH";

    private const string UsualSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly JoinedNames names = new(setup);
    private CniRecord? added;
    private JoinedMachine? machine;

    private NetworkOptions Options => setup.Description.Network;

    public IEnumerable<string> KernelModules => machine?.KernelModules ?? [];

    public async Task TakeAsync(CancellationToken cancellationToken)
    {
        CniConfiguration configuration = CniConfiguration.Find(Options.CniConfigurations ?? CniConfiguration.UsualDirectory, Options.Target!);
        IReadOnlyList<PublishedPort> ports = await JoinedPorts.ChooseAsync(setup).ConfigureAwait(false);
        CniRecord record = new(
            configuration.Text,
            Options.CniPlugins.Count > 0 ? Options.CniPlugins : CniNetwork.UsualPlugins,
            setup.Context.Environment.Find(SearchPathVariable) ?? UsualSearchPath,
            setup.Directory.Id.ToString(),
            Path.Combine(setup.Directory.Path, NamespaceFile))
        {
            Ports = ports,
        };
        new CniNetwork(record).Check();
        Note(record);
        setup.Undo.Push($"remove the container from the CNI network '{configuration.Name}'", () => Remove(record));
        added = await Task.Run(() => new CniNetwork(record).Add(), cancellationToken).ConfigureAwait(false);
        Note(added);
        machine = JoinedMachine.Take(setup, JoinedNamespace.Open(record.Namespace), least: 0);
    }

    public MachineConfiguration Add(MachineConfiguration configuration) => machine!.Add(configuration);

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session) => names.Add(
        guest, session, CniNames.Of(added!.Result!) is { } own ? names.Compose(own.Servers, own.Search, own.Options) : null, machine!);

    public Task StartingAsync(GuestSession session, CancellationToken cancellationToken) => machine!.StartingAsync(session, names, cancellationToken);

    public IContainerNetwork? Network => machine?.Network;

    public IContainerTraffic? Traffic => machine;

    public RunReport Add(RunReport done) => machine?.Add(done) ?? done;

    public IEnumerable<Diagnostic> Diagnostics => machine?.Diagnostics ?? [];

    private void Note(CniRecord record)
    {
        CniPlaces.Keep(setup.Context.Directories, record);
        setup.Directory.Update(setup.Directory.Resources with { Cni = record });
    }

    /// <summary>A place that could not be released stays recorded.</summary>
    private void Remove(CniRecord record) => setup.Directory.KeepIfFails(() => CniPlaces.Release(setup.Context.Directories, added ?? record, setup.Context.Clock));
}
