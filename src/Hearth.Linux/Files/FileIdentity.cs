namespace Hearth.Linux.Files;

/// <summary>What tells whether a file is still the one that it was, with the same content.</summary>
/// <param name="Device"><c>st_dev</c> as the C library composes it of major and minor.</param>
/// <param name="Inode">Unique within the device.</param>
/// <param name="Mode"><c>st_mode</c>, type and permissions.</param>
/// <param name="Size">In bytes.</param>
/// <param name="ModifiedSeconds">Seconds since 1970.</param>
/// <param name="ModifiedNanoseconds">Below 1,000,000,000.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode, ushort Mode, long Size, long ModifiedSeconds, uint ModifiedNanoseconds);
