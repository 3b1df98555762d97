using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Keeper.Running;
using Hearth.Linux.Processes;
using Hearth.Records;
using Hearth.Records.Recovery;

namespace Hearth.Keeper;

/// <summary>
/// The process that reads the root of a stopped container for one client. It boots the container's machine without network, volumes
/// and the container's process. The container's state stays as it is, and no keeper can start meanwhile.
/// </summary>
public static class ReaderProcess
{
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
            HearthException failure = RunFailures.TranslateOrReport(exception, $"read the root of container {id[..12]}", directories, clock);
            reply = new FailedReply(failure.Error, failure.Message);
        }

        await connection.SendAsync(reply).ConfigureAwait(false);
        return reply is DoneReply ? 0 : ExitCodes.OwnFailure;
    }

    private static async Task<ControlMessage> ReadAsync(
        HearthDirectories directories, string id, ControlConnection connection, HostEnvironment environment, RegistrySettings registries, TimeProvider clock, long startTimestamp)
    {
        ContainerStore store = new(directories, clock);
        using ContainerHold hold = store.TryHold(id)
            ?? throw new HearthException(HearthError.WrongState, $"cannot read the root of container {id[..12]}: another process holds it: it starts, or is being removed");
        Container container = store.TryRead(id) ?? throw new HearthException(HearthError.ContainerUnknown, $"cannot read the root of container {id}: it has been removed");
        RunDirectory directory = RunDirectory.Create(directories, new RunResources { Id = id, Owner = ProcessIdentity.Current, Created = clock.GetUtcNow() });
        try
        {
            RootReader reader = new(connection, clock);
            using ContainerRun run = new(Reduce(container.Description), directory, reader, KeptContainer.ContextOf(container, directories, clock, startTimestamp) with
            {
                Cache = KeptContainer.CacheOf(container, clock, _ => { }),
                Environment = environment,
                Registries = registries,
            });
            RunOutcome outcome = await run.ExecuteAsync(new WorkloadStreams { Input = null, Output = Stream.Null, Error = Stream.Null }).ConfigureAwait(false);
            return reader.Reply ?? (ControlMessage)new FailedReply(
                outcome.Failure?.Error ?? HearthError.MachineFailed, outcome.Failure?.Message ?? $"cannot read the root of container '{container.Name}': its machine ended");
        }
        finally
        {
            directory.Delete();
        }
    }

    private static ContainerDescription Reduce(ContainerDescription description) => description with
    {
        Network = new NetworkOptions { Mode = NetworkMode.None },
        Volumes = [],
        Engine = null,
        Health = null,
    };
}
