namespace Hearth.Linux.Files;

/// <summary>lseek(2)'s whence.</summary>
public enum SeekTarget
{
    Start = 0,
    Data = 3,
    Hole = 4,
}
