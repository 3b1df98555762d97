using Hearth.Containers;
using Hearth.Keeper.Parts.Network.Ports;
using Hearth.Network;

namespace Hearth.Keeper.Parts.Network.Joined;

/// <summary>Published ports at which another program will listen.</summary>
internal static class JoinedPorts
{
    /// <summary>Chooses free ports where none are named, and checks the others, before the machine boots.</summary>
    /// <exception cref="HearthException">A port is in use.</exception>
    public static async Task<IReadOnlyList<PublishedPort>> ChooseAsync(RunSetup setup)
    {
        await using PublishedPorts free = PublishedPorts.Reserve(setup.Description.Network);
        setup.Directory.Update(setup.Directory.Resources with { Ports = free.Mappings });
        return free.All;
    }
}
