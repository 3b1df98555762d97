using Hearth.Containers;
using Hearth.Records.Logs;
using Hearth.Records.Recovery;

namespace Hearth.Client;

/// <content>What is on record of the containers of this host.</content>
public sealed partial class ContainerService
{
    public Task<IReadOnlyList<ContainerEntry>> ListAsync(CancellationToken cancellationToken = default) => Task.FromResult<IReadOnlyList<ContainerEntry>>([.. List().Select(Describe)]);

    public Task<ContainerEntry> FindAsync(string reference, CancellationToken cancellationToken = default) => Task.FromResult(Describe(store.Resolve(reference)));

    public ValueTask<string> FindIdAsync(string reference, CancellationToken cancellationToken = default) => ValueTask.FromResult(store.FindId(reference));

    public Task<Container> CreateAsync(ContainerDescription description, CancellationToken cancellationToken = default) => Task.FromResult(Create(description));

    public ILogReading OpenLog(Container container) => new LogReading(this, container, Clock);

    /// <summary>The container with what its run has taken of this host.</summary>
    public ContainerEntry Describe(Container container) => new(container, container.State.IsHeld, RunResources.TryRead(directories, container.Id));

    private sealed class LogReading(ContainerService service, Container container, TimeProvider clock) : ILogReading
    {
        private readonly LogReader reader = new(clock);

        public long Malformed => reader.Malformed;

        public long Gaps => reader.Gaps;

        public IAsyncEnumerable<LogRecord> ReadAsync(LogQuery query, CancellationToken cancellationToken = default) => reader.ReadAsync(
            container.RecordDirectory,
            query with { Ended = query.Follow && container.State.IsHeld ? service.WaitAsync(container.Id, cancellationToken) : Task.CompletedTask },
            cancellationToken);
    }
}
