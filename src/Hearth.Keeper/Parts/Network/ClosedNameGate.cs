using System.Net;
using Hearth.Network.Names;

namespace Hearth.Keeper.Parts.Network;

/// <summary>For a container whose networks are all internal: it learns nothing of the outside, which it cannot reach.</summary>
internal sealed class ClosedNameGate : INameGate
{
    public NameVerdict Judge(string name, DnsType type) => NameVerdict.Refuse;

    public Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken) => Task.CompletedTask;
}
