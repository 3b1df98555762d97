namespace Hearth.Containers;

/// <summary>The legal moves of a container's state. Whoever writes one has it made here.</summary>
public static class ContainerMoves
{
    /// <summary>A keeper begins wherever no other holds the container, also where the last one was killed amid a run.</summary>
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

    /// <summary>The state after a move; what else changes with it is the caller's to say.</summary>
    /// <param name="before">As it is kept.</param>
    /// <param name="move">What happens.</param>
    /// <param name="name">The container's, for the message.</param>
    /// <exception cref="HearthException">The state does not allow it: what comes late changes nothing.</exception>
    public static ContainerState Make(ContainerState before, ContainerMove move, string name)
    {
        // But for its beginning, a run is its keeper's, and over when the state names none.
        bool mayMove = move == ContainerMove.Begin ? !before.IsHeld : before.Keeper is not null;
        int found = mayMove ? Array.FindIndex(legal, one => one.Move == move && one.From == before.Status) : -1;
        if (found < 0)
        {
            throw Refusal(WordOf(move), name, before.Status);
        }

        ContainerState after = before with { Status = legal[found].To };
        return move == ContainerMove.End ? after with { Keeper = null, Boot = null, Machine = null } : after;
    }

    /// <param name="act">The rest of "cannot".</param>
    /// <param name="name">The container's.</param>
    /// <param name="status">What does not allow it.</param>
    public static HearthException Refusal(string act, string name, ContainerStatus status) => new(
        HearthError.WrongState,
        $"cannot {act} container '{name}': it is {status.ToString().ToLowerInvariant()}" + (status == ContainerStatus.Paused ? "; 'hearth unpause' lets it go on" : ""));

    private static string WordOf(ContainerMove move) => move switch
    {
        ContainerMove.Begin or ContainerMove.Start => "start",
        ContainerMove.Pause => "pause",
        ContainerMove.Resume => "unpause",
        _ => "end",
    };
}
