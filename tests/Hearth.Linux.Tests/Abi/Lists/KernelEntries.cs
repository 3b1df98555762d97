using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Kernel.</summary>
internal static class KernelEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Kernel.SystemState")
        {
            ["RealTimeClock"] = "CLOCK_REALTIME",
            ["NanosecondsPerSecond"] = NotTheKernels,
            ["RebootRestart"] = "LINUX_REBOOT_CMD_RESTART",
            ["RebootKeysToInit"] = "LINUX_REBOOT_CMD_CAD_OFF",
            ["AddEntropyRequest"] = "RNDADDENTROPY",
        },
        new("Kernel.TimeSpecification", "struct timespec")
        {
            ["Seconds"] = "tv_sec",
            ["Nanoseconds"] = "tv_nsec",
        },
    ];
}
