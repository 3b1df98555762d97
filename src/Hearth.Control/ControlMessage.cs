using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Control;

/// <summary>
/// What clients ask of a keeper, and what it answers. A client sends one request and reads until its answer:
/// <see cref="DoneReply"/>, <see cref="FailedReply"/>, <see cref="EndedReply"/>, or the request's own; then it may send another.
/// A request that carries streams is its connection's last one; signals and sizes come by another, so that input which nobody
/// reads keeps none of them back. <see cref="ControlJson"/> has their forms.
/// </summary>
public abstract record ControlMessage;

/// <summary>Asks nothing but whether somebody answers.</summary>
public sealed record PingRequest : ControlMessage;

/// <summary>Boot the machine, set up the container, and hold the process back; done when the process waits.</summary>
public sealed record PrepareRequest : ControlMessage;

/// <summary>Let the process start. Answered by <see cref="StartedReply"/>; for an attached client, what <see cref="AttachRequest"/> brings follows.</summary>
public sealed record StartRequest(bool Attach, bool Input, WindowSize? Size) : ControlMessage;

/// <summary>Carry the process's streams; ends with <see cref="EndedReply"/>, or when the client closes the connection.</summary>
public sealed record AttachRequest(bool Input, WindowSize? Size) : ControlMessage;

/// <summary>Start another process in the container. Answered by <see cref="StartedReply"/>, and unless detached by its streams and <see cref="ExitedReply"/>.</summary>
public sealed record ExecRequest(ProcessSpec Process, bool Detach, bool Input, WindowSize? Size) : ControlMessage
{
    /// <summary>Whether the keeper kills the process if the client disconnects before it exits.</summary>
    public bool EndsWithClient { get; init; }
}

/// <summary>Send a signal to the container's process, or to one that was started by an <see cref="ExecRequest"/>.</summary>
public sealed record SignalRequest(int Signal, bool All, string? ExecId) : ControlMessage;

/// <summary>End the process in good order, and after the time by force; done when the container has ended.</summary>
public sealed record StopRequest(int Signal, long TimeoutMs) : ControlMessage;

public sealed record PauseRequest : ControlMessage;

public sealed record ResumeRequest : ControlMessage;

/// <summary>Answered by <see cref="EndedReply"/> when the container has ended.</summary>
public sealed record WaitRequest : ControlMessage;

/// <summary>End the machine at once; done when nothing is left of the run.</summary>
public sealed record EndRequest : ControlMessage;

/// <summary>The terminal of the container's process, or of one that was started by an <see cref="ExecRequest"/>, has another size.</summary>
public sealed record ResizeRequest(WindowSize Size, string? ExecId) : ControlMessage;

/// <summary>The client that started the process can write its output, or its errors, nowhere any more: let it meet a broken pipe.</summary>
public sealed record AbandonMessage(bool Error) : ControlMessage;

/// <summary>What the container uses. Answered by <see cref="StatisticsReply"/>.</summary>
public sealed record StatisticsRequest : ControlMessage;

/// <summary>Its processes. Answered by <see cref="ProcessesReply"/>.</summary>
public sealed record ProcessesRequest : ControlMessage;

/// <summary>Changes limits of the running container, and of its next starts. Answered by <see cref="DoneReply"/>.</summary>
public sealed record UpdateRequest(ResourcesSpec Resources) : ControlMessage;

/// <summary>Gives the container another name. Answered by <see cref="DoneReply"/>.</summary>
public sealed record RenameRequest(string Name) : ControlMessage;

/// <summary>Look at a path of the container. Answered by <see cref="PathReply"/>.</summary>
public sealed record PathRequest(string Path, bool FollowsLink) : ControlMessage;

/// <summary>Unpack the tar archive that follows as input. Done when all of it stands.</summary>
public sealed record CopyInRequest(string Directory, string? FirstName, ArchiveOwner? Owner) : ControlMessage;

/// <summary>Pack a path; the tar archive comes as output, before the answer.</summary>
public sealed record CopyOutRequest(string Path, string? FirstName, bool FollowsLink) : ControlMessage;

public sealed record StatisticsReply(GuestStatistics Guest) : ControlMessage;

public sealed record ProcessesReply(ProcessList List) : ControlMessage;

/// <param name="Status">Null where there is nothing at the path.</param>
public sealed record PathReply(PathStatus? Status) : ControlMessage;

/// <summary>What whoever waits should know; comes before an answer.</summary>
public sealed record DiagnosticReply(Diagnostic Diagnostic) : ControlMessage;

/// <summary>The process runs.</summary>
/// <param name="Pid">In the guest.</param>
public sealed record StartedReply(int Pid) : ControlMessage
{
    /// <summary>The name of a process that was started by an <see cref="ExecRequest"/>, for signals and sizes.</summary>
    public string? ExecId { get; init; }
}

public sealed record DoneReply : ControlMessage
{
    /// <summary>What was done otherwise than asked.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; init => field = value ?? []; } = [];
}

public sealed record FailedReply(HearthError Error, string Message) : ControlMessage;

/// <summary>How a process ended.</summary>
public abstract record EndOfProcess(int ExitCode, int Signal, bool OutOfMemory) : ControlMessage;

/// <summary>How one ended that was started by an <see cref="ExecRequest"/>.</summary>
public sealed record ExitedReply(int ExitCode, int Signal, bool OutOfMemory) : EndOfProcess(ExitCode, Signal, OutOfMemory);

/// <summary>How the container's own process ended, and with it the run.</summary>
public sealed record EndedReply(int ExitCode, int Signal, bool OutOfMemory) : EndOfProcess(ExitCode, Signal, OutOfMemory)
{
    /// <summary>Why the run failed by no fault of the process; null where it did not.</summary>
    public FailedReply? Failure { get; init; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; init => field = value ?? []; } = [];

    public RunReport? Report { get; init; }
}
