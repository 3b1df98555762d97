namespace Hearth.Linux.Files;

/// <summary>fallocate(2)'s modes that leave all other bytes where they are.</summary>
[Flags]
public enum AllocationModes
{
    None = 0,
    KeepSize = 1,
    PunchHole = 2,
    ZeroRange = 0x10,
}
