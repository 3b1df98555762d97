namespace Hearth.Linux.Files;

/// <summary>renameat2(2)'s flags.</summary>
[Flags]
public enum RenameFlags : uint
{
    None = 0,

    /// <summary>Fails where the new name is taken.</summary>
    NoReplace = 1,

    /// <summary>Swaps the two.</summary>
    Exchange = 2,

    /// <summary>Leaves a whiteout, a device, in the old place.</summary>
    Whiteout = 4,
}
