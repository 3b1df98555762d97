namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Processors.</summary>
internal static class ProcessorEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Processors.TimeStampCounter")
        {
            ["ProtectRead"] = "PROT_READ",
            ["ProtectWrite"] = "PROT_WRITE",
            ["ProtectExecute"] = "PROT_EXEC",
            ["MapPrivateAnonymous"] = "(MAP_PRIVATE | MAP_ANONYMOUS)",
            ["ClockMonotonicRaw"] = "CLOCK_MONOTONIC_RAW",
            ["PageBytes"] = AbiEntry.NotTheKernels,
            ["Tries"] = AbiEntry.NotTheKernels,
        },
    ];
}
