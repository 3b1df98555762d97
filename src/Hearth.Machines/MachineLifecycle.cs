namespace Hearth.Machines;

/// <summary>The state of one machine; every change goes through <see cref="Move"/>.</summary>
internal sealed class MachineLifecycle(string id)
{
    private readonly Lock gate = new();

    internal MachineState State { get; private set; }

    /// <summary>Changes the state.</summary>
    /// <param name="to">The new state.</param>
    /// <param name="act">The requested action, for the message.</param>
    /// <exception cref="MachineException">The transition is not legal.</exception>
    internal void Move(MachineState to, string act)
    {
        lock (gate)
        {
            bool legal = (State, to) switch
            {
                (_, MachineState.Ended) => true,
                (MachineState.Configured, MachineState.Booting) => true,
                (MachineState.Booting, MachineState.Running) => true,
                (MachineState.Running, MachineState.Paused) => true,
                (MachineState.Paused, MachineState.Running) => true,
                _ => false,
            };
            State = legal ? to : throw Refusal(act);
        }
    }

    /// <exception cref="MachineException">The machine is in none of these states.</exception>
    internal void Require(string act, params ReadOnlySpan<MachineState> states)
    {
        lock (gate)
        {
            if (!states.Contains(State))
            {
                throw Refusal(act);
            }
        }
    }

    private MachineException Refusal(string act) => State == MachineState.Ended
        ? new MachineException(MachineError.MachineEnded, $"cannot {act} machine {id}: it has ended")
        : new MachineException(MachineError.WrongState, $"cannot {act} machine {id}: it is in the state {State}");
}
