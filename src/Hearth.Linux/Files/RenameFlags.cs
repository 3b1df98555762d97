namespace Hearth.Linux.Files;

/// <summary>renameat2(2)'s flags.</summary>
[Flags]
public enum RenameFlags : uint
{
    None = 0,

    /// <summary>Fails if the new name exists.</summary>
    NoReplace = 1,

    /// <summary>Swaps the two names.</summary>
    Exchange = 2,

    /// <summary>Leaves a whiteout (a device node) under the old name.</summary>
    Whiteout = 4,
}
