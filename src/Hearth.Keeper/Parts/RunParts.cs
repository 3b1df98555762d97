using Hearth.Containers;
using Hearth.Keeper.Parts.Confinement;
using Hearth.Keeper.Parts.Limits;
using Hearth.Keeper.Parts.Network;
using Hearth.Keeper.Parts.Network.Joined;
using Hearth.Keeper.Parts.Root;
using Hearth.Keeper.Parts.Volumes;

namespace Hearth.Keeper.Parts;

/// <summary>Creates the parts of a run.</summary>
internal static class RunParts
{
    /// <summary>Returns all parts in order. The guest names its drives (vda, vdb, …) in the order in which parts add them.</summary>
    /// <param name="setup">The data that they share.</param>
    /// <param name="isLimited">True for a container with a control group of its own, which its keeper joins.</param>
    public static IReadOnlyList<IRunPart> Of(RunSetup setup, bool isLimited) =>
    [
        new ConfinementPart(setup),
        new RootPart(setup),
        new ScratchPart(setup),
        .. ChangesOf(setup),
        new VolumesPart(setup),
        .. NetworkOf(setup),
        .. isLimited ? [new LimitsPart(setup)] : Array.Empty<IRunPart>(),
    ];

    private static IEnumerable<IRunPart> NetworkOf(RunSetup setup) => setup.Description.Network.Mode switch
    {
        NetworkMode.None => [],
        NetworkMode.Namespace => [new JoinedPart(setup)],
        NetworkMode.Cni => [new CniPart(setup)],
        NetworkMode.HostForward => [new ForwardedPart(setup)],
        _ => [new NetworkPart(setup)],
    };

    /// <summary>A container of an engine gives its changes to the engine; another one may keep those that its guest's memory has.</summary>
    private static IEnumerable<IRunPart> ChangesOf(RunSetup setup) => setup switch
    {
        { Description.Spec.Root.Readonly: true } => [],
        { Description.Engine: { } engine } => engine.KeepsRoot ? [new EnginePart(setup)] : [],
        { Context.Layer: { } layer } => [new KeptLayerPart(layer, setup)],
        _ => [],
    };
}
