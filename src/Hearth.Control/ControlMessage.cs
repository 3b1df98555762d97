using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control;

/// <summary>
/// The requests of clients to a keeper, and its answers. A client sends one request and reads until its answer:
/// <see cref="DoneReply"/>, <see cref="FailedReply"/>, <see cref="EndedReply"/>, or the request's own. Then it may send another.
/// A request that carries streams is the last one of its connection. Signals and sizes use another connection, so that unread
/// input does not delay them. <see cref="ControlJson"/> defines the JSON form.
/// </summary>
public abstract record ControlMessage;

/// <summary>Check whether the keeper answers.</summary>
public sealed record PingRequest : ControlMessage;

/// <summary>Boot the machine and set up the container, without starting the process. Done when the process can start.</summary>
public sealed record PrepareRequest : ControlMessage;

/// <summary>
/// Start the process. Answered by <see cref="StartedReply"/>. For an attached client, streams follow as for
/// <see cref="AttachRequest"/>.
/// </summary>
public sealed record StartRequest(bool Attach, bool Input, WindowSize? Size) : ControlMessage
{
    /// <summary>How long the start has waited for its turn, in milliseconds since it was requested.</summary>
    public long QueuedMs { get; init; }
}

/// <summary>Carry the process's streams; ends with <see cref="EndedReply"/>, or when the client closes the connection.</summary>
public sealed record AttachRequest(bool Input, WindowSize? Size) : ControlMessage;

/// <summary>
/// Start another process in the container. Answered by <see cref="StartedReply"/>, and unless detached, by its streams and
/// <see cref="ExitedReply"/>.
/// </summary>
public sealed record ExecRequest(ProcessSpec Process, bool Detach, bool Input, WindowSize? Size) : ControlMessage
{
    /// <summary>Whether the keeper kills the process if the client disconnects before it exits.</summary>
    public bool EndsWithClient { get; init; }

    /// <summary>Whether the process only has what differs from the container's first process (<see cref="ProcessSpec.Over"/>).</summary>
    public bool Inherits { get; init; }
}

/// <summary>Send a signal to the container's process, or to one that was started by an <see cref="ExecRequest"/>.</summary>
public sealed record SignalRequest(int Signal, bool All, string? ExecId) : ControlMessage;

/// <summary>Send the process a signal, and end it by force after the timeout. Done when the container has ended.</summary>
public sealed record StopRequest(int Signal, long TimeoutMs) : ControlMessage
{
    /// <summary>Whether a restart policy still applies: the host shuts down, and nobody has asked for the container's end.</summary>
    public bool KeepsRestart { get; init; }
}

public sealed record PauseRequest : ControlMessage;

public sealed record ResumeRequest : ControlMessage;

/// <summary>Wait for the container's end. Answered by <see cref="EndedReply"/>.</summary>
public sealed record WaitRequest : ControlMessage;

/// <summary>End the machine immediately. Done when all resources of the run are released.</summary>
public sealed record EndRequest : ControlMessage;

/// <summary>The terminal of the container's process, or of one that was started by an <see cref="ExecRequest"/>, has another size.</summary>
public sealed record ResizeRequest(WindowSize Size, string? ExecId) : ControlMessage;

/// <summary>
/// The client can no longer write the process's standard output, or standard error, anywhere. The process gets a broken pipe.
/// </summary>
public sealed record AbandonMessage(bool Error) : ControlMessage;

/// <summary>Read the container's resource usage. Answered by <see cref="StatisticsReply"/>.</summary>
public sealed record StatisticsRequest : ControlMessage;

/// <summary>List the container's processes. Answered by <see cref="ProcessesReply"/>.</summary>
public sealed record ProcessesRequest : ControlMessage;

/// <summary>Change limits of the running container, and of its next starts, and its restart policy. Answered by <see cref="DoneReply"/>.</summary>
public sealed record UpdateRequest(ResourcesSpec Resources, RestartChange? Restart = null) : ControlMessage;

/// <summary>Give the container another name. Answered by <see cref="DoneReply"/>.</summary>
public sealed record RenameRequest(string Name) : ControlMessage;

/// <summary>Read the status of a path in the container. Answered by <see cref="PathReply"/>.</summary>
public sealed record PathRequest(string Path, bool FollowsLink) : ControlMessage;

/// <summary>Unpack the tar archive that follows as input. Done when it is unpacked completely.</summary>
/// <param name="Directory">The absolute path of an existing directory.</param>
/// <param name="FirstName">Replaces the first component of every name; null to keep them.</param>
/// <param name="Owner">The owner of all files; null for the owners in the archive.</param>
public sealed record CopyInRequest(string Directory, string? FirstName, ArchiveOwner? Owner) : ControlMessage
{
    /// <summary>As in <see cref="WriteArchive.Replaces"/>.</summary>
    public bool Replaces { get; init; }
}

/// <summary>Pack a path. The tar archive follows as output, before the answer.</summary>
public sealed record CopyOutRequest(string Path, string? FirstName, bool FollowsLink) : ControlMessage;

/// <summary>Read the container's root, or what it changed of it. It follows as output, before the answer.</summary>
/// <param name="Form">What to read.</param>
/// <param name="Freezes">True to suspend the container's processes meanwhile.</param>
public sealed record RootRequest(RootForm Form, bool Freezes) : ControlMessage;

/// <summary>Replace the egress policy of the running container, and of its next starts. Answered by <see cref="DoneReply"/>.</summary>
public sealed record PolicyRequest(EgressRules Rules) : ControlMessage;

/// <summary>Read what passed the container's network. Answered by <see cref="NetworkReply"/>.</summary>
public sealed record NetworkReportRequest : ControlMessage;

/// <summary>
/// Read the report of the run as it is now. Answered by <see cref="ReportReply"/>, also before the start and by a suspended
/// container, since the guest is not asked.
/// </summary>
public sealed record ReportRequest : ControlMessage;

/// <param name="Report">Its exit code is 0 as long as the process runs.</param>
public sealed record ReportReply(RunReport Report) : ControlMessage
{
    /// <summary>What waits in the guest's channel, in both directions.</summary>
    public long BacklogInBytes { get; init; }
}

/// <summary>Say which rule of the policy decides about a destination. Answered by <see cref="ExplainReply"/>.</summary>
/// <param name="Destination">An address or a name, with <c>:port</c> and <c>/tcp</c> or <c>/udp</c> where wanted.</param>
public sealed record ExplainRequest(string Destination) : ControlMessage;

public sealed record NetworkReply(NetworkReport Report) : ControlMessage;

/// <param name="IsAllowed">Whether the container may connect.</param>
/// <param name="Text">The rule that decides, as a sentence.</param>
public sealed record ExplainReply(bool IsAllowed, string Text) : ControlMessage;

public sealed record StatisticsReply(GuestStatistics Guest) : ControlMessage;

public sealed record ProcessesReply(ProcessList List) : ControlMessage;

/// <param name="Status">The status; null if nothing exists at the path.</param>
public sealed record PathReply(PathStatus? Status) : ControlMessage;

/// <summary>A diagnostic for the waiting user. It comes before an answer.</summary>
public sealed record DiagnosticReply(Diagnostic Diagnostic) : ControlMessage;

/// <summary>The process runs.</summary>
/// <param name="Pid">Its pid in the guest.</param>
public sealed record StartedReply(int Pid) : ControlMessage
{
    /// <summary>The name of a process that was started by an <see cref="ExecRequest"/>, for signals and sizes.</summary>
    public string? ExecId { get; init; }
}

public sealed record DoneReply : ControlMessage
{
    /// <summary>A diagnostic for each difference from the request.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init => field = value ?? []; } = [];
}

public sealed record FailedReply(HearthError Error, string Message) : ControlMessage;

/// <summary>How a process ended.</summary>
public abstract record EndOfProcess(int ExitCode, int Signal, bool OutOfMemory) : ControlMessage;

/// <summary>How a process ended that was started by an <see cref="ExecRequest"/>.</summary>
public sealed record ExitedReply(int ExitCode, int Signal, bool OutOfMemory) : EndOfProcess(ExitCode, Signal, OutOfMemory);

/// <summary>How the container's own process ended, and with it the run.</summary>
public sealed record EndedReply(int ExitCode, int Signal, bool OutOfMemory) : EndOfProcess(ExitCode, Signal, OutOfMemory)
{
    /// <summary>Why the run failed, if the process is not the cause; null if it did not fail.</summary>
    public FailedReply? Failure { get; init; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; init => field = value ?? []; } = [];

    public RunReport? Report { get; init; }
}
