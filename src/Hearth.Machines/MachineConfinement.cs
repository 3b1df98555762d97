namespace Hearth.Machines;

/// <summary>
/// The user to which a VMM switches before its guest runs. It also enables all other confinement of the VMM's driver: an
/// attacker who breaks out of the guest into the VMM finds no file to open, no program to run and no process to signal. Setting
/// it up requires root.
/// </summary>
/// <param name="UserId">A user id that nothing else on this host uses, so that machines cannot access each other; not 0.</param>
/// <param name="GroupId">A group id that nothing else on this host uses; not 0.</param>
public sealed record MachineConfinement(uint UserId, uint GroupId);
