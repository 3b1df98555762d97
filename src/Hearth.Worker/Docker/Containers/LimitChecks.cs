using System.Globalization;
using System.Text.Json;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's ranges of limits, with the sentences by which its clients and scripts know them.</summary>
internal static class LimitChecks
{
    private const long LeastMemory = 6 << 20;
    private const long LeastPeriod = 1000;
    private const long MostPeriod = 1_000_000;
    private const long LeastQuota = 1000;
    private const ushort LeastWeight = 10;
    private const ushort MostWeight = 1000;
    private const long MostScore = 1000;

    /// <summary>What the host has, in lists such as <c>0-3,8</c>.</summary>
    private const string Processors = "/sys/devices/system/cpu/online";
    private const string MemoryNodes = "/sys/devices/system/node/online";

    /// <param name="limits">As a client gives them.</param>
    /// <param name="isUpdate">Whether what is not given stays the same.</param>
    /// <exception cref="FormatException">docker refuses a value.</exception>
    public static void Check(LimitRequest limits, bool isUpdate)
    {
        CheckMemory(limits, isUpdate);
        CheckProcessorTime(limits);
        CheckList(limits.CpusetCpus, Processors, "cpuset cpus", "CPUs");
        CheckList(limits.CpusetMems, MemoryNodes, "cpuset mems", "memory nodes");
        Require(limits.BlkioWeight is 0 or (>= LeastWeight and <= MostWeight), $"Range of blkio weight is from {LeastWeight} to {MostWeight}");
    }

    /// <exception cref="FormatException">docker refuses a value.</exception>
    public static void Check(HostRequest host)
    {
        Check(host, isUpdate: false);
        Require(host.ShmSize is null or >= 0, $"SHM size can not be less than 0");
        Require(host.OomScoreAdj is >= -MostScore and <= MostScore, $"Invalid value {host.OomScoreAdj}, range for oom score adj is [-{MostScore}, {MostScore}]");
    }

    private static void CheckMemory(LimitRequest limits, bool isUpdate)
    {
        Require(limits.Memory is null or 0 or >= LeastMemory, $"Minimum memory limit allowed is 6MB");
        Require(limits.MemoryReservation is null or <= 0 or >= LeastMemory, $"Minimum memory reservation allowed is 6MB");
        Require(!(limits.Memory > 0 && limits.MemoryReservation > limits.Memory), $"Minimum memory limit can not be less than memory reservation limit, see usage");
        Require(isUpdate || limits.Memory > 0 || NumberOf(limits, "MemorySwap") <= 0, $"You should always set the Memory limit when using Memoryswap limit, see usage");
    }

    private static void CheckProcessorTime(LimitRequest limits)
    {
        Require(!(limits.NanoCpus > 0 && limits.CpuPeriod > 0), $"Conflicting options: Nano CPUs and CPU Period cannot both be set");
        Require(!(limits.NanoCpus > 0 && limits.CpuQuota > 0), $"Conflicting options: Nano CPUs and CPU Quota cannot both be set");
        int processors = Environment.ProcessorCount;
        Require(
            limits.NanoCpus is null or 0 || (limits.NanoCpus > 0 && limits.NanoCpus <= processors * LimitReading.NanosPerCpu),
            $"range of CPUs is from 0.01 to {processors}.00, as there are only {processors} CPUs available");
        Require(limits.CpuPeriod is null or 0 or (>= LeastPeriod and <= MostPeriod), $"CPU cfs period can not be less than 1ms (i.e. {LeastPeriod}) or larger than 1s (i.e. {MostPeriod})");
        Require(limits.CpuQuota is null or <= 0 or >= LeastQuota, $"CPU cfs quota can not be less than 1ms (i.e. {LeastQuota})");
        Require(limits.CpuShares is null or >= 0, $"invalid CPU shares ({limits.CpuShares}): value must be a positive integer");
    }

    /// <summary>A field that has no effect, and so is in no member.</summary>
    private static long NumberOf(LimitRequest limits, string name) =>
        (limits.Others ?? []).FirstOrDefault(other => other.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out long number) ? number : 0;

    private static void CheckList(string? given, string file, string kind, string things)
    {
        if (string.IsNullOrEmpty(given))
        {
            return;
        }

        string available = File.ReadAllText(file).Trim();
        if (TryRead(given) is not { } wanted)
        {
            throw new FormatException($"Invalid value {given} for {kind}");
        }

        (int First, int Last)[] there = TryRead(available)!;
        Require(
            wanted.All(range => Enumerable.Range(range.First, range.Last - range.First + 1).All(number => there.Any(own => own.First <= number && number <= own.Last))),
            $"Requested {things} are not available - requested {given}, available: {available}");
    }

    /// <returns>Null if it is no list of ranges.</returns>
    private static (int First, int Last)[]? TryRead(string list)
    {
        const int Most = 8191; // docker's, and the kernel's.
        List<(int, int)> ranges = [];
        foreach (string part in list.Split(','))
        {
            string[] ends = part.Trim().Split('-');
            if (ends.Length > 2 || !TryReadNumber(ends[0], out int first) || !TryReadNumber(ends[^1], out int last) || last < first || last > Most)
            {
                return null;
            }

            ranges.Add((first, last));
        }

        return [.. ranges];
    }

    private static bool TryReadNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static void Require(bool isValid, FormattableString refusal)
    {
        if (!isValid)
        {
            throw new FormatException(FormattableString.Invariant(refusal));
        }
    }
}
