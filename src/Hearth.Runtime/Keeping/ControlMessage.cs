using Hearth.Guest.Protocol.Messages;
using Hearth.Runtime.Containers;
using Hearth.Runtime.Reports;

namespace Hearth.Runtime.Keeping;

/// <summary>
/// What clients ask of a keeper, and what it answers. A client sends one request and reads until its answer:
/// <see cref="DoneReply"/>, <see cref="FailedReply"/>, <see cref="EndedReply"/>, or the request's own; then it may send another.
/// A request that carries streams is its connection's last one; signals and sizes come by another, so that input which nobody
/// reads keeps none of them back. <see cref="ControlJson"/> has their forms.
/// </summary>
internal abstract record ControlMessage;

/// <summary>Asks nothing but whether somebody answers.</summary>
internal sealed record PingRequest : ControlMessage;

/// <summary>Boot the machine and build the container's world, and hold the process back; done when that stands.</summary>
internal sealed record PrepareRequest : ControlMessage;

/// <summary>Let the process start. Answered by <see cref="StartedReply"/>; for an attached client, what <see cref="AttachRequest"/> brings follows.</summary>
internal sealed record StartRequest(bool Attach, bool Input, WindowSize? Size) : ControlMessage;

/// <summary>Carry the process's streams; ends with <see cref="EndedReply"/>, or when the client closes the connection.</summary>
internal sealed record AttachRequest(bool Input, WindowSize? Size) : ControlMessage;

/// <summary>Start another process in the container. Answered by <see cref="StartedReply"/>, and unless detached by its streams and <see cref="ExitedReply"/>.</summary>
internal sealed record ExecRequest(ExecProcess Process, bool Detach, bool Input, WindowSize? Size) : ControlMessage;

/// <summary>Send a signal to the container's process, or to one that was started by an <see cref="ExecRequest"/>.</summary>
internal sealed record SignalRequest(int Signal, bool All, string? ExecId) : ControlMessage;

/// <summary>End the process in good order, and after the time by force; done when the container has ended.</summary>
internal sealed record StopRequest(int Signal, long TimeoutMs) : ControlMessage;

internal sealed record PauseRequest : ControlMessage;

internal sealed record ResumeRequest : ControlMessage;

/// <summary>Answered by <see cref="EndedReply"/> when the container has ended.</summary>
internal sealed record WaitRequest : ControlMessage;

/// <summary>End the machine at once; done when nothing is left of the run.</summary>
internal sealed record EndRequest : ControlMessage;

/// <summary>The terminal of the container's process, or of one that was started by an <see cref="ExecRequest"/>, has another size.</summary>
internal sealed record ResizeRequest(WindowSize Size, string? ExecId) : ControlMessage;

/// <summary>The client that started the process can write its output, or its errors, nowhere any more: let it meet a broken pipe.</summary>
internal sealed record AbandonMessage(bool Error) : ControlMessage;

/// <summary>What the container uses. Answered by <see cref="StatisticsReply"/>.</summary>
internal sealed record StatisticsRequest : ControlMessage;

/// <summary>Its processes. Answered by <see cref="ProcessesReply"/>.</summary>
internal sealed record ProcessesRequest : ControlMessage;

/// <summary>Change limits of the running container.</summary>
internal sealed record UpdateRequest(ContainerLimits Limits) : ControlMessage;

/// <summary>Look at a path of the container. Answered by <see cref="PathReply"/>.</summary>
internal sealed record PathRequest(string Path, bool FollowsLink) : ControlMessage;

/// <summary>Unpack the tar archive that follows as input. Done when all of it stands.</summary>
internal sealed record CopyInRequest(string Directory, string? FirstName, ArchiveOwner? Owner) : ControlMessage;

/// <summary>Pack a path; the tar archive comes as output, before the answer.</summary>
internal sealed record CopyOutRequest(string Path, string? FirstName, bool FollowsLink) : ControlMessage;

internal sealed record StatisticsReply(GuestStatistics Guest) : ControlMessage;

internal sealed record ProcessesReply(ProcessList List) : ControlMessage;

/// <param name="Status">Null where there is nothing at the path.</param>
internal sealed record PathReply(PathStatus? Status) : ControlMessage;

/// <summary>A line for people who wait; "warning: " begins what they should look at.</summary>
internal sealed record NoticeReply(string Line) : ControlMessage;

/// <summary>The process runs.</summary>
/// <param name="Pid">In the guest.</param>
internal sealed record StartedReply(int Pid) : ControlMessage
{
    /// <summary>The name of a process that was started by an <see cref="ExecRequest"/>, for signals and sizes.</summary>
    public string? ExecId { get; init; }
}

internal sealed record DoneReply : ControlMessage
{
    /// <summary>What was done otherwise than asked.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value ?? []; } = [];
}

internal sealed record FailedReply(RuntimeError Error, string Message) : ControlMessage;

/// <summary>How a process ended.</summary>
internal abstract record EndOfProcess(int ExitCode, int Signal, bool OutOfMemory) : ControlMessage;

/// <summary>How one ended that was started by an <see cref="ExecRequest"/>.</summary>
internal sealed record ExitedReply(int ExitCode, int Signal, bool OutOfMemory) : EndOfProcess(ExitCode, Signal, OutOfMemory);

/// <summary>How the container's own process ended, and with it the run.</summary>
internal sealed record EndedReply(int ExitCode, int Signal, bool OutOfMemory) : EndOfProcess(ExitCode, Signal, OutOfMemory)
{
    /// <summary>Why the run failed by no fault of the process; null where it did not.</summary>
    public FailedReply? Failure { get; init; }

    public IReadOnlyList<string> Warnings { get; init => field = value ?? []; } = [];

    public RunReport? Report { get; init; }
}
