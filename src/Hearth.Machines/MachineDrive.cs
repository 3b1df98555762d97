namespace Hearth.Machines;

/// <summary>
/// A virtio block device. The guest sees the drives in the order of the configuration: vda, vdb, and so on. A drive's size is
/// the size of its file when the machine boots.
/// </summary>
/// <param name="Id">
/// The drive's serial number in the guest: 1 to 20 letters, digits and underscores (Firecracker accepts no others).
/// </param>
/// <param name="Path">A file or block device of raw sectors, a file on a FUSE mount, or <c>/proc/PID/fd/N</c>.</param>
/// <param name="ReadOnly">True to allow the guest only to read.</param>
public sealed record MachineDrive(string Id, string Path, bool ReadOnly);
