using System.Net;

namespace Hearth.Network.Names;

/// <summary>
/// The names that the host itself knows, such as those of a network's containers. Each query asks anew, so that an answer is never
/// older than what the source reads.
/// </summary>
public interface IHostNames
{
    /// <summary>Finds a name's addresses.</summary>
    /// <param name="name">In lower case, without a dot at the end: <c>web</c> or <c>web.shop</c>.</param>
    /// <returns>Null if the name does not exist here; then the host's resolver is asked.</returns>
    IReadOnlyList<IPAddress>? Resolve(string name);

    /// <summary>Finds an address's name.</summary>
    /// <returns>Null if it has none here.</returns>
    string? NameOf(IPAddress address);
}
