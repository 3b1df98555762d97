namespace Hearth.Containers;

/// <summary>How a guest's root disk comes to be.</summary>
public enum RootfsMode
{
    /// <summary>Served from the directory itself; nothing is read before the guest asks for it.</summary>
    Lazy,

    /// <summary>Packed into a SquashFS file: all is read, compressed and written.</summary>
    SquashFs,

    /// <summary>Copied into an ext4 file: all is read and written.</summary>
    Ext4,
}
