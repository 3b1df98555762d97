namespace Hearth.DiskImages;

/// <summary>What a <see cref="VirtualDisk"/> has served so far.</summary>
/// <param name="Reads">Calls of <see cref="VirtualDisk.ReadAsync"/>, failed ones among them.</param>
/// <param name="BytesRead">Bytes handed out: metadata, contents and zeros.</param>
/// <param name="ContentBytesRead">Bytes that came from source files.</param>
/// <param name="FilesTouched">Distinct source files that were read, or tried.</param>
/// <param name="Errors">Reads that failed.</param>
public readonly record struct VirtualDiskStatistics(long Reads, long BytesRead, long ContentBytesRead, int FilesTouched, long Errors);
