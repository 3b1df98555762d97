using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Commands;

/// <summary>Flags of <c>run</c>, <c>create</c> and <c>update</c> for a container's limits; docker's names.</summary>
internal sealed class LimitFlags
{
    private readonly Flag<double?> cpus = Flag.Number("--cpus", "processors; a fraction is rounded up (default 1)");

    private readonly Flag<ByteSize?> memory = Flag.Size("--memory", $"memory of the guest (default {RunFlags.DefaultMemoryInMebibytes}m)", "-m");

    private readonly Flag<ByteSize?> reservation = Flag.Size("--memory-reservation", "memory that the host leaves the container longer than others theirs");

    private readonly Flag<long?> period = Flag.Integer("--cpu-period", "MICROSECONDS", "length of a period of processor time (default 100000)");

    private readonly Flag<long?> quota = Flag.Integer("--cpu-quota", "MICROSECONDS", "processor time in each period; instead of --cpus");

    private readonly Flag<long?> shares = Flag.Integer("--cpu-shares", "N", "weight of processor time among containers (default 1024)", "-c");

    private readonly Flag<string?> processors = Flag.Text("--cpuset-cpus", "LIST", "processors of the host: 0-3,8");

    private readonly Flag<string?> nodes = Flag.Text("--cpuset-mems", "LIST", "memory nodes of the host: 0,1");

    private readonly Flag<long?> tasks = Flag.Integer("--pids-limit", "N", "most processes and threads; -1 for no limit");

    private readonly Flag<long?> weight = Flag.Integer("--blkio-weight", "N", "weight of requests to disks among containers, 10 to 1000");

    /// <summary>Those that also change a container that exists.</summary>
    public Flag[] OfUpdate => [cpus, memory, reservation, period, quota, shares, processors, nodes, tasks, weight];

    public Flag[] All => [.. OfUpdate, .. Devices.All];

    public DeviceLimitFlags Devices { get; } = new();

    /// <exception cref="FormatException">A value is invalid, or two contradict each other.</exception>
    public ResourcesSpec Read(ParsedLine line)
    {
        ResourcesSpec read = new()
        {
            Memory = line.IsGiven(memory) || line.IsGiven(reservation)
                ? new MemorySpec { Limit = line.GetValue(memory)?.Bytes, Reservation = line.GetValue(reservation)?.Bytes }
                : null,
            Cpu = ReadCpu(line),
            Pids = line.GetValue(tasks) is { } most ? new PidsSpec { Limit = most > 0 ? most : PidsSpec.Unlimited } : null,
            BlockIo = Devices.AddTo(line.GetValue(weight) is { } share ? new BlockIoSpec { Weight = Positive<ushort>(share, weight) } : null, line),
        };
        ResourceChecks.Check(read);
        return read;
    }

    private CpuSpec? ReadCpu(ParsedLine line)
    {
        double? count = line.GetValue(cpus);
        if (count <= 0)
        {
            throw new FormatException("invalid argument for \"--cpus\" flag: must be more than 0");
        }

        if (count is not null && (line.IsGiven(period) || line.IsGiven(quota)))
        {
            throw new FormatException("cannot use --cpus with --cpu-period or --cpu-quota: it is the quotient of both");
        }

        Flag[] given = [cpus, period, quota, shares, processors, nodes];
        CpuSpec time = count is { } number
            ? CpuSpec.OfProcessors(number)
            : new CpuSpec { Period = line.GetValue(period) is { } length ? Positive<ulong>(length, period) : null, Quota = line.GetValue(quota) };
        return !given.Any(line.IsGiven) ? null : time with
        {
            Shares = line.GetValue(shares) is { } share ? Positive<ulong>(share, shares) : null,
            Cpus = line.GetValue(processors),
            Mems = line.GetValue(nodes),
        };
    }

    private static T Positive<T>(long value, Flag flag)
        where T : System.Numerics.INumber<T> => value >= 0 && value <= (typeof(T) == typeof(ushort) ? ushort.MaxValue : long.MaxValue)
            ? T.CreateChecked(value)
            : throw new FormatException($"invalid argument for \"{flag.Name}\" flag: {value} is out of range");
}
