using Hearth.Containers.Reports;

namespace Hearth.Keeper.Parts;

/// <summary>What passes a running container's network. Safe for several threads.</summary>
internal interface IContainerTraffic
{
    /// <summary>Reads counters and denied connections.</summary>
    /// <exception cref="Hearth.Network.NetworkException">The kernel refuses it.</exception>
    NetworkReport Observe();
}
