namespace Hearth.Linux.Files;

/// <summary>Modes of fallocate(2) that do not move other bytes.</summary>
[Flags]
public enum AllocationModes
{
    None = 0,
    KeepSize = 1,
    PunchHole = 2,
    ZeroRange = 0x10,
}
