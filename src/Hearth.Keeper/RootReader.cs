using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Running;
using Hearth.Machines;

namespace Hearth.Keeper;

/// <summary>The observer of a run whose process never starts: it answers one request about the root, and shuts the guest down.</summary>
internal sealed class RootReader(ControlConnection connection, TimeProvider clock) : IRunObserver
{
    /// <summary>The guest's write-back can take this long on a busy disk.</summary>
    private static readonly TimeSpan shutdownTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The answer; null if the root was not read.</summary>
    public DoneReply? Reply { get; private set; }

    public bool HoldsWorkload => false;

    public void Booted(IMachine machine, ProcessIdentity? identity)
    {
    }

    /// <summary>Ends with an exception, as the machine does: both end the run.</summary>
    public async Task<WorkloadStart> ReadyAsync(GuestSession session, CancellationToken cancellationToken)
    {
        if (await connection.ReceiveMessageAsync(cancellationToken).ConfigureAwait(false) is RootRequest request)
        {
            await using Stream archive = new ArchiveFrames(connection);
            IReadOnlyList<string> warnings = await session.ReadRootAsync(request.Form, freezes: false, archive, cancellationToken).ConfigureAwait(false);
            Reply = new DoneReply { Diagnostics = [.. Diagnostic.Warnings(DiagnosticCode.CopyIncomplete, warnings)] };
        }

        await session.SendAsync(new ShutDownGuest(), cancellationToken).ConfigureAwait(false);
        await session.Ended.WaitAsync(shutdownTimeout, clock, cancellationToken).ConfigureAwait(false);
        throw new HearthException(HearthError.MachineFailed, "the root was read");
    }

    public void Started(GuestProcess process, ProcessStarted started)
    {
    }
}
