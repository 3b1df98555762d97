using Hearth.Client.Attachment;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client;

/// <summary>The requests to containers that run, on this host or another. Each takes the container's full id; <see cref="KeeperClient"/> says the rest.</summary>
public interface IRunningContainers
{
    Task<RunOutcome?> AttachAsync(string id, ClientAttachment attachment, CancellationToken cancellationToken = default);

    Task<int> ExecCommandAsync(string id, ProcessSpec process, ClientAttachment? attachment, CancellationToken cancellationToken = default);

    Task PauseAsync(string id, CancellationToken cancellationToken = default);

    Task ResumeAsync(string id, CancellationToken cancellationToken = default);

    Task<GuestStatistics> StatisticsAsync(string id, CancellationToken cancellationToken = default);

    Task<ProcessList> ProcessesAsync(string id, CancellationToken cancellationToken = default);

    Task<NetworkReport> NetworkAsync(string id, CancellationToken cancellationToken = default);

    Task<ExplainReply> ExplainAsync(string id, string destination, CancellationToken cancellationToken = default);

    Task<PathStatus?> StatPathAsync(string id, string path, bool followsLink, CancellationToken cancellationToken = default);

    Task<IReadOnlyList<Diagnostic>> CopyInAsync(
        string id, CopyInRequest request, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default);

    Task<IReadOnlyList<Diagnostic>> CopyOutAsync(string id, string path, string? firstName, bool followsLink, Stream archive, CancellationToken cancellationToken = default);
}
