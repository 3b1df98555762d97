using Hearth.Containers;
using Hearth.Linux.Network;
using Hearth.Network;
using Hearth.Network.Joined;
using Hearth.Records.Recovery;

namespace Hearth.Client;

/// <summary>The network namespace of a container's keeper: an engine finds the container's by the keeper's pid.</summary>
/// <param name="network">The container's network.</param>
/// <param name="isEngines">Whether an engine created the container.</param>
internal sealed class KeeperNetwork(NetworkOptions network, bool isEngines)
{
    /// <summary>Runs code that starts the keeper in the namespace.</summary>
    /// <exception cref="HearthException">The namespace cannot be joined.</exception>
    public int Start(Func<int> start) => !isEngines || network.Mode != NetworkMode.Namespace ? start()
        : network.Target is { } path ? StartIn(path, start)
        : NetworkNamespace.RunInNew(start);

    private static int StartIn(string path, Func<int> start)
    {
        try
        {
            using JoinedNamespace place = JoinedNamespace.Open(path);
            return place.Run(start);
        }
        catch (NetworkException failure)
        {
            throw NetworkFailures.Translate(failure);
        }
    }
}
