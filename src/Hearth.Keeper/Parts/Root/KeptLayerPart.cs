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

    public void Started()
    {
        if (KeepsChanges)
        {
            reading.Expect();
        }
    }

    public Task EndingAsync(GuestSession session, CancellationToken cancellationToken) =>
        KeepsChanges ? reading.RunAsync(() => KeepAsync(layer, session, reading.MostBytes, reading.Warn, cancellationToken)) : Task.CompletedTask;

    /// <summary>Nobody can look at a container that is removed at its end. What was copied into it before its start it has.</summary>
    private bool KeepsChanges => !setup.Description.AutoRemove;

    /// <summary>Reads the guest's writable layer and keeps it.</summary>
    /// <exception cref="IOException">The disk is full or fails, or there are more than <paramref name="mostBytes"/>.</exception>
    public static Task KeepAsync(KeptLayer layer, GuestSession session, long mostBytes, Action<IReadOnlyList<string>> warn, CancellationToken cancellationToken) => layer.ReplaceAsync(
        list => session.ReadRootAsync(RootForm.Changes, freezes: false, new BoundedStream(list, mostBytes), cancellationToken),
        async archive => warn(await session.ReadRootAsync(RootForm.Layer, freezes: false, new BoundedStream(archive, mostBytes), cancellationToken).ConfigureAwait(false)));
}
