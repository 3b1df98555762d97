namespace Hearth.Machines;

/// <summary>
/// A virtio block device. The guest sees the drives in the order of the configuration: vda, vdb, and so on; their size is
/// the file's size when the machine boots.
/// </summary>
/// <param name="Id">Letters, digits and underscores (Firecracker takes no others), at most 20 of them: the guest reads it as the drive's serial.</param>
/// <param name="Path">A file or block device of raw sectors, a file on a FUSE mount, or <c>/proc/PID/fd/N</c>.</param>
/// <param name="ReadOnly">True to let the guest read only.</param>
public sealed record MachineDrive(string Id, string Path, bool ReadOnly);
