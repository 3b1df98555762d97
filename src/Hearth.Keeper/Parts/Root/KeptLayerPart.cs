using Hearth.Containers.Diagnostics;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Records.Disks;

namespace Hearth.Keeper.Parts.Root;

/// <summary>Gives a new writable layer in the guest's memory what the container has changed before, and keeps its changes at the end.</summary>
internal sealed class KeptLayerPart(KeptLayer layer, RunSetup setup) : IRunPart
{
    private readonly ChangesReading reading = new(setup);
    private Task sending = Task.CompletedTask;

    /// <summary>The guest unpacks the layer before it answers.</summary>
    public bool MayTakeLong => layer.Exists;

    public IEnumerable<Diagnostic> Diagnostics => reading.Diagnostics;

    public ConfigureGuest Add(ConfigureGuest guest, GuestSession session)
    {
        if (!layer.Exists)
        {
            return guest;
        }

        FileStream archive = File.OpenRead(layer.ArchivePath);
        setup.Undo.Push("close the container's layer", archive.Dispose);
        GuestDataStream stream = session.OpenArchive();
        sending = Task.Run(() => GuestSession.SendArchiveAsync(archive, stream, CancellationToken.None));
        _ = sending.ContinueWith(task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return guest with { Root = guest.Root with { LayerStream = stream.Id } };
    }

    public void Started() => reading.Expect();

    public Task EndingAsync(GuestSession session, CancellationToken cancellationToken) => reading.RunAsync(() => layer.ReplaceAsync(
        list => session.ReadRootAsync(RootForm.Changes, freezes: false, new BoundedStream(list, reading.MostBytes), cancellationToken),
        async archive => reading.Warn(await session.ReadRootAsync(RootForm.Layer, freezes: false, new BoundedStream(archive, reading.MostBytes), cancellationToken).ConfigureAwait(false))));
}
