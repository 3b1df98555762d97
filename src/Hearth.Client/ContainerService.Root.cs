using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Records.Disks;
using Hearth.Tar;

namespace Hearth.Client;

/// <content>The root of a container, and what the container changed of it.</content>
public sealed partial class ContainerService
{
    /// <summary>Reads the root of a container, or what the container changed of it.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="form">What to read.</param>
    /// <param name="freezes">True to suspend the container's processes meanwhile.</param>
    /// <param name="target">Receives it. The caller closes it.</param>
    /// <param name="cancellationToken">Ends the wait; the target then stays incomplete.</param>
    /// <returns>A diagnostic for each file that was left out.</returns>
    /// <exception cref="HearthException">The container is suspended, or a file cannot be read.</exception>
    public Task<IReadOnlyList<Diagnostic>> ReadRootAsync(string id, RootForm form, bool freezes, Stream target, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "read the root of", ReadAsync(id, new RootRequest(form, freezes), target, cancellationToken));

    private async Task<IReadOnlyList<Diagnostic>> ReadAsync(string id, RootRequest request, Stream target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Container container = Read(id);
        using ControlConnection? connection = TryConnectToRun(container);
        if (connection is not null)
        {
            return await ReceiveAsync(id, connection, "read the root of", request, target, cancellationToken).ConfigureAwait(false);
        }

        bool isInGuest = request.Form == RootForm.Tree || (container.Description.ScratchSize is not null && File.Exists(ScratchDisk.PathIn(container.RecordDirectory)));
        return isInGuest
            ? await ReadByReaderAsync(container, request, target, cancellationToken).ConfigureAwait(false)
            : await ReadKeptAsync(container, request.Form, target, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads what is kept of a stopped container.</summary>
    private static async Task<IReadOnlyList<Diagnostic>> ReadKeptAsync(Container container, RootForm form, Stream target, CancellationToken cancellationToken)
    {
        KeptLayer kept = new(container.RecordDirectory);
        if (kept.Exists)
        {
            await using FileStream file = File.OpenRead(form == RootForm.Changes ? kept.ListPath : kept.ArchivePath);
            await file.CopyToAsync(target, cancellationToken).ConfigureAwait(false);
        }
        else if (form == RootForm.Layer)
        {
            await target.WriteAsync(new byte[TarWriter.EndBytes], cancellationToken).ConfigureAwait(false);
        }

        return [];
    }

    /// <summary>Boots the machine of a stopped container to read its root.</summary>
    private async Task<IReadOnlyList<Diagnostic>> ReadByReaderAsync(Container container, RootRequest request, Stream target, CancellationToken cancellationToken)
    {
        using ControlConnection connection = LaunchReader(container.Id);
        await connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await ReceiveAsync(container.Id, "read the root of", () => connection.ReceiveAsync(cancellationToken).AsTask(), target, cancellationToken).ConfigureAwait(false);
    }

    private ControlConnection LaunchReader(string id)
    {
        (ControlConnection connection, int pid) = keepers.LaunchReader(directories, id, Clock.GetTimestamp());
        ChildReaping.Begin(pid);
        return connection;
    }
}
