using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Parts.Root;
using Hearth.Keeper.Running;
using Hearth.Keeper.Sessions;
using Hearth.Machines;
using Hearth.Records.Disks;

namespace Hearth.Keeper;

/// <summary>The observer of a run whose process never starts: it answers one request about the root, and shuts the guest down.</summary>
/// <param name="connection">The client's.</param>
/// <param name="request">What it asks for.</param>
/// <param name="layer">Keeps what is copied into the guest's memory; null if the writable layer is a disk.</param>
/// <param name="mostBytes">The most that it may keep.</param>
/// <param name="clock">The source of the time.</param>
internal sealed class RootReader(ControlConnection connection, ControlMessage request, KeptLayer? layer, long mostBytes, TimeProvider clock) : IRunObserver
{
    /// <summary>The guest's write-back can take this long on a busy disk.</summary>
    private static readonly TimeSpan shutdownTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The answer; null if the request failed.</summary>
    public ControlMessage? Reply { get; private set; }

    public bool HoldsWorkload => false;

    public void Booted(IMachine machine, ProcessIdentity? identity)
    {
    }

    /// <summary>Ends with an exception, as the machine does: both end the run.</summary>
    public async Task<WorkloadStart> ReadyAsync(GuestSession session, CancellationToken cancellationToken)
    {
        ControlMessage? answer = await new KeeperQueries(connection, _ => session).TryAnswerAsync(request).ConfigureAwait(false);
        if (request is CopyInRequest && answer is DoneReply copied && layer is not null)
        {
            answer = await KeepAsync(session, copied, cancellationToken).ConfigureAwait(false);
        }

        await session.SendAsync(new ShutDownGuest(), cancellationToken).ConfigureAwait(false);
        await session.Ended.WaitAsync(shutdownTimeout, clock, cancellationToken).ConfigureAwait(false);
        Reply = answer;
        throw new HearthException(HearthError.MachineFailed, "the request was answered");
    }

    public void Started(GuestProcess process, ProcessStarted started)
    {
    }

    private async Task<ControlMessage> KeepAsync(GuestSession session, DoneReply copied, CancellationToken cancellationToken)
    {
        List<Diagnostic> diagnostics = [.. copied.Diagnostics];
        try
        {
            await KeptLayerPart.KeepAsync(layer!, session, mostBytes, warnings => diagnostics.AddRange(Diagnostic.Warnings(DiagnosticCode.CopyIncomplete, warnings)), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot keep what was copied: {exception.Message}; the container is as it was before", exception);
        }

        return new DoneReply { Diagnostics = diagnostics };
    }
}
