using System.Net;

namespace Hearth.Network.Names;

/// <summary>The policy for the names that a guest asks for, except those of <see cref="IHostNames"/>.</summary>
public interface INameGate
{
    /// <param name="name">
    /// The name of the question, in lower case, without a dot at the end. Names that it leads to are not judged.
    /// </param>
    /// <param name="type">The type of the question.</param>
    NameVerdict Judge(string name, DnsType type);

    /// <summary>Opens addresses for the guest. The guest gets the answer when this has completed.</summary>
    /// <param name="name">The name of the question.</param>
    /// <param name="addresses">The addresses in the answer.</param>
    /// <param name="lifetime">How long the answer is valid.</param>
    /// <param name="cancellationToken">The run's end.</param>
    Task AdmitAsync(string name, IReadOnlyList<IPAddress> addresses, TimeSpan lifetime, CancellationToken cancellationToken);
}
