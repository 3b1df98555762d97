namespace Hearth.Machines;

/// <summary>
/// The user that a VMM becomes before its guest runs. With it goes all the confinement that the VMM's driver has: who breaks out
/// of the guest into the VMM finds nothing there to open, to run or to signal. Setting it up takes root.
/// </summary>
/// <param name="UserId">Nobody else's on this host, so that machines cannot reach each other; not 0.</param>
/// <param name="GroupId">Likewise.</param>
public sealed record MachineConfinement(uint UserId, uint GroupId);
