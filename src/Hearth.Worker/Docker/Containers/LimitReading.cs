using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's limits as those of the OCI runtime specification.</summary>
internal static class LimitReading
{
    public const long NanosPerCpu = 1_000_000_000;

    /// <param name="limits">What is 0 or missing is no limit, or stays the same.</param>
    /// <param name="isUpdate">Whether no limit on processes replaces an earlier limit.</param>
    /// <exception cref="FormatException">A value is out of its range, or the host has no such disk.</exception>
    public static ResourcesSpec Read(LimitRequest limits, bool isUpdate)
    {
        LimitChecks.Check(limits, isUpdate);
        ResourcesSpec read = new()
        {
            Memory = limits.Memory is > 0 || limits.MemoryReservation is > 0
                ? new MemorySpec { Limit = NullIfZero(limits.Memory), Reservation = NullIfZero(limits.MemoryReservation) }
                : null,
            Cpu = new CpuSpec
            {
                Period = limits.NanoCpus is > 0 ? CpuSpec.DefaultPeriod : (ulong?)NullIfZero(limits.CpuPeriod),
                Quota = limits.NanoCpus is > 0 and long nanos ? nanos * (long)CpuSpec.DefaultPeriod / NanosPerCpu : isUpdate && limits.CpuQuota < 0 ? CpuSpec.Unlimited : NullIfZero(limits.CpuQuota),
                Shares = (ulong?)NullIfZero(limits.CpuShares),
                Cpus = limits.CpusetCpus,
                Mems = limits.CpusetMems,
            },
            Pids = limits.PidsLimit is > 0 ? new PidsSpec { Limit = limits.PidsLimit } : limits.PidsLimit is not null && isUpdate ? new PidsSpec { Limit = PidsSpec.Unlimited } : null,
            BlockIo = ReadBlockIo(limits),
        };
        ResourceChecks.Check(read);
        return read;
    }

    private static BlockIoSpec? ReadBlockIo(LimitRequest limits)
    {
        BlockIoSpec read = new()
        {
            Weight = limits.BlkioWeight > 0 ? limits.BlkioWeight : null,
            WeightDevice = [.. (limits.BlkioWeightDevice ?? []).Select(ReadWeight)],
            ThrottleReadBpsDevice = [.. (limits.BlkioDeviceReadBps ?? []).Select(ReadRate)],
            ThrottleWriteBpsDevice = [.. (limits.BlkioDeviceWriteBps ?? []).Select(ReadRate)],
            ThrottleReadIopsDevice = [.. (limits.BlkioDeviceReadIOps ?? []).Select(ReadRate)],
            ThrottleWriteIopsDevice = [.. (limits.BlkioDeviceWriteIOps ?? []).Select(ReadRate)],
        };
        bool isEmpty = read.Weight is null && read.WeightDevice.Count + read.ThrottleReadBpsDevice.Count + read.ThrottleWriteBpsDevice.Count
            + read.ThrottleReadIopsDevice.Count + read.ThrottleWriteIopsDevice.Count == 0;
        return isEmpty ? null : read;
    }

    private static DeviceWeightSpec ReadWeight(DeviceWeight weight)
    {
        BlockDevice device = BlockDevice.Find(weight.Path ?? "");
        return new DeviceWeightSpec { Major = device.Major, Minor = device.Minor, Weight = weight.Weight };
    }

    private static DeviceThrottleSpec ReadRate(DeviceRate rate)
    {
        BlockDevice device = BlockDevice.Find(rate.Path ?? "");
        return new DeviceThrottleSpec { Major = device.Major, Minor = device.Minor, Rate = rate.Rate };
    }

    private static long? NullIfZero(long? value) => value is > 0 ? value : null;
}
