using Hearth.Records.Recovery;

namespace Hearth.Records.Networks;

/// <summary>A running container in a network.</summary>
/// <param name="Id">The container's id.</param>
/// <param name="Name">The container's name.</param>
/// <param name="Place">Its place in the network.</param>
public sealed record NetworkMember(string Id, string Name, NetworkPlace Place);
