using Hearth.Containers;
using Hearth.Control;

namespace Hearth.Client;

/// <summary>What container engines divide: the making of a machine, and the start of what runs in it.</summary>
public sealed partial class ContainerService
{
    /// <summary>Boots a container's machine and holds its process back.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="streams">What becomes the keeper's standard streams.</param>
    /// <param name="startTimestamp">When it was asked for, by the clock.</param>
    /// <param name="notice">Told what people should know while they wait.</param>
    /// <returns>The keeper's pid. It is a child of this process, which does not wait for it.</returns>
    /// <exception cref="HearthException">It runs already, or could not be prepared.</exception>
    public async Task<int> PrepareAsync(string id, KeeperStandardStreams streams, long startTimestamp, Action<string> notice)
    {
        RequireStartable(id);
        (ControlConnection connection, int pid) = keepers.Launch(directories, id, startTimestamp, streams);
        using (connection)
        {
            await connection.SendAsync(new PrepareRequest()).ConfigureAwait(false);
            await AskAsync<DoneReply>(connection, Watch(id, "create"), notice).ConfigureAwait(false);
        }

        return pid;
    }

    /// <summary>Starts the process of a container that was prepared.</summary>
    /// <exception cref="HearthException">It was not, or was started, or its process cannot be.</exception>
    public async Task<StartedReply> StartPreparedAsync(string id)
    {
        using ControlConnection connection = Connect(id, "start");
        await connection.SendAsync(new StartRequest(Attach: false, Input: false, Size: null)).ConfigureAwait(false);
        return await AskAsync<StartedReply>(connection, Watch(id, "start"), _ => { }).ConfigureAwait(false);
    }

    /// <summary>Ends what runs of a container, by force.</summary>
    public Task EndByForceAsync(string id) => EndAsync(id);
}
