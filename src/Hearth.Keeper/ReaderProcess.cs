using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Keeper.Parts;
using Hearth.Keeper.Parts.Root;
using Hearth.Keeper.Running;
using Hearth.Linux.Processes;
using Hearth.Records;
using Hearth.Records.Recovery;

namespace Hearth.Keeper;

/// <summary>
/// The process that reads or copies files of a stopped container for one client. It boots the container's machine without network and
/// the container's process. The container's state stays as it is, and no keeper can start meanwhile.
/// </summary>
public static class ReaderProcess
{
    private static readonly TimeSpan holdTimeout = TimeSpan.FromSeconds(60);

    /// <param name="directories">The directories that contain the container's record.</param>
    /// <param name="id">The complete id.</param>
    /// <param name="starter">The connection of the client that started this process. It sends one request.</param>
    /// <param name="environment">The environment variables of this program.</param>
    /// <param name="registries">How registries are reached, for what the image store has only in parts.</param>
    /// <param name="clock">The source of the current time.</param>
    /// <param name="startTimestamp">The clock's timestamp of the request.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(HearthDirectories directories, string id, Socket starter, HostEnvironment environment, RegistrySettings registries, TimeProvider clock, long startTimestamp)
    {
        using ControlConnection connection = new(starter);
        ControlMessage reply;
        try
        {
            reply = await ReadAsync(directories, id, connection, environment, registries, clock, startTimestamp).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not IOException)
        {
            HearthException failure = RunFailures.TranslateOrReport(exception, $"read files of container {id[..12]}", directories, clock);
            reply = new FailedReply(failure.Error, failure.Message);
        }

        await connection.SendAsync(reply).ConfigureAwait(false);
        return reply is FailedReply ? ExitCodes.OwnFailure : 0;
    }

    private static async Task<ControlMessage> ReadAsync(
        HearthDirectories directories, string id, ControlConnection connection, HostEnvironment environment, RegistrySettings registries, TimeProvider clock, long startTimestamp)
    {
        ContainerStore store = new(directories, clock);
        using ContainerHold hold = await HoldAsync(store, id).ConfigureAwait(false);
        Container container = store.TryRead(id) ?? throw new HearthException(HearthError.ContainerUnknown, $"cannot read files of container {id}: it has been removed");
        ControlMessage request = await connection.ReceiveMessageAsync().ConfigureAwait(false) ?? throw new IOException("the client has disconnected");
        RunDirectory directory = RunDirectory.Create(directories, new RunResources { Id = id, Owner = ProcessIdentity.Current, Created = clock.GetUtcNow() });
        try
        {
            RunContext context = KeptContainer.ContextOf(container, directories, clock, startTimestamp) with
            {
                Cache = KeptContainer.CacheOf(container, clock, _ => { }),
                Environment = environment,
                Registries = registries,
            };
            RootReader reader = new(connection, request, context.Layer, ChangesReading.MostBytesOf(container.Description.Shape), clock);
            using ContainerRun run = new(Reduce(container.Description, hasVolumes: request is not RootRequest), directory, reader, context);
            RunOutcome outcome = await run.ExecuteAsync(new WorkloadStreams { Input = null, Output = Stream.Null, Error = Stream.Null }).ConfigureAwait(false);
            return reader.Reply ?? (ControlMessage)new FailedReply(
                outcome.Failure?.Error ?? HearthError.MachineFailed, outcome.Failure?.Message ?? $"cannot read files of container '{container.Name}': its machine ended");
        }
        finally
        {
            directory.Delete();
        }
    }

    /// <summary>Waits for the keeper of a run that has ended, and for another reader.</summary>
    private static async Task<ContainerHold> HoldAsync(ContainerStore store, string id)
    {
        try
        {
            return await store.HoldUnlessKeptAsync(id, holdTimeout, CancellationToken.None).ConfigureAwait(false)
                ?? throw new HearthException(HearthError.WrongState, $"cannot read files of container {id[..12]}: it starts; try again");
        }
        catch (TimeoutException)
        {
            throw new HearthException(HearthError.WrongState, $"cannot read files of container {id[..12]}: another process has held it for {holdTimeout.TotalSeconds:0} s; try again");
        }
    }

    /// <summary>Volumes are no part of the root, but files are copied into them.</summary>
    private static ContainerDescription Reduce(ContainerDescription description, bool hasVolumes) => description with
    {
        Network = new NetworkOptions { Mode = NetworkMode.None },
        Volumes = hasVolumes ? description.Volumes : [],
        Engine = null,
        Health = null,
    };
}
