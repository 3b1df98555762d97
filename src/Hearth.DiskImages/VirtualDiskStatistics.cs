namespace Hearth.DiskImages;

/// <summary>What a <see cref="VirtualDisk"/> has served so far.</summary>
/// <param name="Reads">Calls of <see cref="VirtualDisk.ReadAsync"/>, including failed ones.</param>
/// <param name="BytesRead">Bytes returned: metadata, contents and zeros.</param>
/// <param name="ContentBytesRead">Bytes that came from source files.</param>
/// <param name="FilesTouched">Distinct source files that were read, successfully or not.</param>
/// <param name="Errors">Reads that failed.</param>
public readonly record struct VirtualDiskStatistics(long Reads, long BytesRead, long ContentBytesRead, int FilesTouched, long Errors);
