using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client;

/// <summary>
/// The containers of a host: this one (<see cref="ContainerService"/>, which says what each operation does), or one that is reached
/// through its worker. Operations take a container's full id, unless they find it.
/// </summary>
public interface IContainers : IRunningContainers
{
    /// <summary>All containers, the newest first.</summary>
    Task<IReadOnlyList<ContainerEntry>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Finds the one container that a name, an id or the beginning of an id identifies.</summary>
    /// <exception cref="HearthException">None, or more than one.</exception>
    Task<ContainerEntry> FindAsync(string reference, CancellationToken cancellationToken = default);

    /// <summary>Finds the id only.</summary>
    /// <exception cref="HearthException">None, or more than one.</exception>
    ValueTask<string> FindIdAsync(string reference, CancellationToken cancellationToken = default);

    Task<Container> CreateAsync(ContainerDescription description, CancellationToken cancellationToken = default);

    Task StartAsync(string id, Action<Diagnostic> diagnose, StartTiming timing, CancellationToken cancellationToken = default);

    Task<RunOutcome?> StartAttachedAsync(string id, ClientAttachment attachment, StartTiming timing, CancellationToken cancellationToken = default);

    Task KillAsync(string id, int signal, CancellationToken cancellationToken = default);

    Task StopAsync(string id, TimeSpan? timeout = null, int? signal = null, CancellationToken cancellationToken = default);

    Task RestartAsync(string id, TimeSpan? timeout, int? signal, Action<Diagnostic> diagnose, CancellationToken cancellationToken = default);

    Task<int> WaitAsync(string id, CancellationToken cancellationToken = default);

    Task RemoveAsync(string id, bool force, bool removesVolumes = false, CancellationToken cancellationToken = default);

    Task RenameAsync(string id, string name, CancellationToken cancellationToken = default);

    Task UpdateAsync(string id, ResourcesSpec resources, RestartChange? restart = null, CancellationToken cancellationToken = default);

    /// <summary>Reads the bytes that a container occupies on its host's disk: its writable layer, as far as it is there, and its log.</summary>
    Task<long> ReadSizeAsync(Container container, CancellationToken cancellationToken = default);

    Task ConfineAsync(string id, EgressRules rules, CancellationToken cancellationToken = default);

    Task ConnectAsync(string id, NetworkPlacement place, CancellationToken cancellationToken = default);

    Task DisconnectAsync(string id, string network, CancellationToken cancellationToken = default);

    Task<IReadOnlyList<Diagnostic>> ReadRootAsync(string id, RootForm form, bool freezes, Stream target, CancellationToken cancellationToken = default);

    /// <summary>Opens the log of a container, for one reading.</summary>
    ILogReading OpenLog(Container container);
}
