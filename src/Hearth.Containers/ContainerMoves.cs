namespace Hearth.Containers;

/// <summary>The legal moves of a container's state. Every change of state goes through here.</summary>
public static class ContainerMoves
{
    /// <summary>A keeper may begin whenever no other keeper holds the container, even if the last one was killed during a run.</summary>
    private static readonly (ContainerMove Move, ContainerStatus From, ContainerStatus To)[] legal =
    [
        (ContainerMove.Begin, ContainerStatus.Created, ContainerStatus.Created),
        (ContainerMove.Begin, ContainerStatus.Running, ContainerStatus.Created),
        (ContainerMove.Begin, ContainerStatus.Paused, ContainerStatus.Created),
        (ContainerMove.Begin, ContainerStatus.Exited, ContainerStatus.Created),
        (ContainerMove.Start, ContainerStatus.Created, ContainerStatus.Running),
        (ContainerMove.Pause, ContainerStatus.Running, ContainerStatus.Paused),
        (ContainerMove.Resume, ContainerStatus.Paused, ContainerStatus.Running),
        (ContainerMove.End, ContainerStatus.Created, ContainerStatus.Created),
        (ContainerMove.End, ContainerStatus.Running, ContainerStatus.Exited),
        (ContainerMove.End, ContainerStatus.Paused, ContainerStatus.Exited),
    ];

    /// <summary>Returns the state after a move. The caller sets whatever else changes with it.</summary>
    /// <param name="before">The stored state.</param>
    /// <param name="move">The move.</param>
    /// <param name="name">The container's name, for the message.</param>
    /// <exception cref="HearthException">The state does not allow the move: a late move changes nothing.</exception>
    public static ContainerState Make(ContainerState before, ContainerMove move, string name)
    {
        // Every move except Begin is made for the keeper that holds the run. If the state names no keeper, the run is over.
        bool mayMove = move == ContainerMove.Begin ? !before.IsHeld : before.Keeper is not null;
        int found = mayMove ? Array.FindIndex(legal, one => one.Move == move && one.From == before.Status) : -1;
        if (found < 0)
        {
            throw Refusal(WordOf(move), name, before.Status);
        }

        // A start that fails does not undo the runs before it.
        bool hadRun = move == ContainerMove.End && before.StartedAt is not null;
        ContainerState after = before with { Status = hadRun ? ContainerStatus.Exited : legal[found].To };
        return move == ContainerMove.End ? after with { Keeper = null, Boot = null, Machine = null } : after;
    }

    /// <param name="act">The act, as it follows "cannot" in the message.</param>
    /// <param name="name">The container's name.</param>
    /// <param name="status">The state that does not allow it.</param>
    public static HearthException Refusal(string act, string name, ContainerStatus status) => new(
        HearthError.WrongState,
        $"cannot {act} container '{name}': it is {status.ToString().ToLowerInvariant()}" + (status == ContainerStatus.Paused ? "; 'hearth unpause' resumes it" : ""));

    private static string WordOf(ContainerMove move) => move switch
    {
        ContainerMove.Begin or ContainerMove.Start => "start",
        ContainerMove.Pause => "pause",
        ContainerMove.Resume => "unpause",
        _ => "end",
    };
}
