namespace Hearth.Containers;

/// <summary>How a guest's root disk is made.</summary>
public enum RootfsMode
{
    /// <summary>Served from the directory itself; nothing is read before the guest requests it.</summary>
    Lazy,

    /// <summary>Packed into a SquashFS file: everything is read, compressed and written.</summary>
    SquashFs,

    /// <summary>Copied into an ext4 file: everything is read and written.</summary>
    Ext4,
}
