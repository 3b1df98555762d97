using System.Net;

namespace Hearth.Network.Names;

/// <summary>No policy.</summary>
public sealed class OpenNameGate : INameGate
{
    public NameVerdict Judge(string name, DnsType type) => NameVerdict.Open;

    public Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken) => Task.CompletedTask;
}
