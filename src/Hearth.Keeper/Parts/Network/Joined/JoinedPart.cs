using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Machines;
using Hearth.Network.Joined;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>The interfaces of a network namespace that somebody else has made.</summary>
internal sealed class JoinedPart(RunSetup setup) : IRunPart
{
    private const int MostInterfaces = 6;

    /// <summary>Where ip-netns(8) has the names of namespaces, and the files that it shows to programs in them.</summary>
    private static readonly string[] namedDirectories = ["/run/netns", "/var/run/netns"];

    private const string FilesDirectory = "/etc/netns";

    private readonly JoinedNames names = new(setup);
    private JoinedMachine? machine;

    private string? Target => setup.Description.Network.Target;

    private bool IsEngines => setup.Description.Engine is not null;

    public IEnumerable<string> KernelModules => machine?.KernelModules ?? [];

    public Task TakeAsync(CancellationToken cancellationToken)
    {
        JoinedNamespace place = IsEngines ? JoinedNamespace.OpenOwn(Target) : JoinedNamespace.Open(Target!);
        machine = JoinedMachine.Take(setup, place, least: IsEngines ? Announced() : 0);
        return Task.CompletedTask;
    }

    public MachineConfiguration Add(MachineConfiguration configuration) => machine!.Add(configuration);

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session) => names.Add(guest, session, IsEngines ? FindEnginesResolver() : FindResolver(), machine!);

    public Task StartingAsync(GuestSession session, CancellationToken cancellationToken) => machine!.StartingAsync(session, names, cancellationToken);

    public IContainerNetwork? Network => machine?.Network;

    public IContainerTraffic? Traffic => machine;

    public RunReport Add(RunReport done) => machine?.Add(done) ?? done;

    public IEnumerable<Diagnostic> Diagnostics => machine?.Diagnostics ?? [];

    /// <summary>An engine may put an interface into the namespace after the machine's start. Devices cannot be added then.</summary>
    private int Announced()
    {
        string text = setup.Description.Spec.Annotations.GetValueOrDefault(JoinedMachine.InterfacesAnnotation, "1");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MostInterfaces
            ? number
            : throw new HearthException(
                HearthError.InvalidRequest, $"cannot use the annotation {JoinedMachine.InterfacesAnnotation}: it is '{text}'; give a number from 0 to {MostInterfaces}");
    }

    /// <returns>The file that the engine binds, if the policy is to be asked first; empty to keep the container's.</returns>
    private string? FindEnginesResolver() => machine!.Policy is null ? ""
        : setup.Description.Network.ResolverFile is { } file && File.Exists(file) ? File.ReadAllText(file) : null;

    /// <returns>The namespace's resolv.conf as ip-netns(8) shows it; null if it has none.</returns>
    private string? FindResolver()
    {
        string file = namedDirectories.Contains(Path.GetDirectoryName(Target)) ? Path.Combine(FilesDirectory, Path.GetFileName(Target)!, "resolv.conf") : "";
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }
}
