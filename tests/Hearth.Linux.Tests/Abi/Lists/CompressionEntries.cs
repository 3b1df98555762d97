using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Compression: zlib's header.</summary>
internal static class CompressionEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Compression.Inflater")
        {
            ["WindowBytes"] = "(1 << MAX_WBITS)",
            ["RawWindowBits"] = "-MAX_WBITS",
            ["GzipWindowBits"] = "(MAX_WBITS + 16)",
            ["NoFlush"] = "Z_NO_FLUSH",
            ["StopAtBlocks"] = "Z_BLOCK",
            ["Ok"] = "Z_OK",
            ["StreamEnd"] = "Z_STREAM_END",
            ["OutOfMemory"] = "Z_MEM_ERROR",
            ["NothingToDo"] = "Z_BUF_ERROR",
            ["UnusedBitsMask"] = NotTheKernels,
            ["LastBlock"] = NotTheKernels,
            ["BlockBoundary"] = NotTheKernels,
        },
        new("Compression.ZlibStream", "struct z_stream_s")
        {
            ["NextIn"] = "next_in",
            ["AvailableIn"] = "avail_in",
            ["TotalIn"] = "total_in",
            ["NextOut"] = "next_out",
            ["AvailableOut"] = "avail_out",
            ["TotalOut"] = "total_out",
            ["Message"] = "msg",
            ["State"] = "state",
            ["Allocate"] = "zalloc",
            ["Free"] = "zfree",
            ["Opaque"] = "opaque",
            ["DataType"] = "data_type",
            ["Checksum"] = "adler",
            ["Reserved"] = "reserved",
        },
    ];
}
