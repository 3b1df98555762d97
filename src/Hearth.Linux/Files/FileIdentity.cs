namespace Hearth.Linux.Files;

/// <summary>Identifies a file and its content, to detect whether either changed.</summary>
/// <param name="Device"><c>st_dev</c>, composed of major and minor as the C library does.</param>
/// <param name="Inode">Unique within the device.</param>
/// <param name="Mode"><c>st_mode</c>, type and permissions.</param>
/// <param name="Size">In bytes.</param>
/// <param name="ModifiedSeconds">Seconds since 1970.</param>
/// <param name="ModifiedNanoseconds">Below 1,000,000,000.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode, ushort Mode, long Size, long ModifiedSeconds, uint ModifiedNanoseconds);
