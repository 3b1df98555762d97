using System.Globalization;
using System.Text;
using System.Text.Json;
using Hearth.CommandLine;
using Hearth.Containers.Specification;
using Hearth.Control.Attachment;
using Hearth.ControlGroups;
using Hearth.OciRuntime;

namespace Hearth.Cli.Oci;

/// <summary><c>hearth oci events</c> and <c>update</c>: statistics and limits on the host.</summary>
internal sealed class OciResourceCommands(CommandContext context, OciCommands oci)
{
    private static readonly TimeSpan defaultInterval = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();

    public Command CreateEvents()
    {
        Argument<string> id = Argument.One("CONTAINER");
        Flag<bool> once = Flag.Switch("--stats", "print once and exit");
        Flag<TimeSpan?> interval = Flag.Duration("--interval", "interval between statistics (default 5s)");
        return new Command("events", "Print statistics and out-of-memory events of a container, as JSON") { Usage = "[FLAGS] CONTAINER" }.WithFlags("Flags", once, interval).WithArguments(id)
            .WithAction((line, cancellationToken) => oci.RunAsync(line, async runtime =>
            {
                string name = line.GetValue(id);
                if (line.GetValue(once))
                {
                    await context.Output.WriteLineAsync(Render(name, runtime.Statistics(name)));
                    return 0;
                }

                using StopSignals stopping = new(cancellationToken);
                await FollowAsync(runtime, name, line.GetValue(interval) ?? defaultInterval, stopping.Token);
                return 0;
            }));
    }

    public Command CreateUpdate()
    {
        Argument<string> id = Argument.One("CONTAINER");
        Flag<string?> resources = Flag.Text("--resources", "FILE", "resources, as in config.json; - for standard input", "-r");
        Flag<string?> shares = Flag.Text("--cpu-share", "N", "weight of CPU time");
        Flag<string?> quota = Flag.Text("--cpu-quota", "MICROSECONDS", "CPU time in each period");
        Flag<string?> period = Flag.Text("--cpu-period", "MICROSECONDS", "length of a period");
        Flag<string?> cpus = Flag.Text("--cpuset-cpus", "LIST", "processors of the host");
        Flag<string?> mems = Flag.Text("--cpuset-mems", "LIST", "memory nodes of the host");
        Flag<string?> weight = Flag.Text("--blkio-weight", "N", "weight of requests to disks");
        Flag<string?> memory = Flag.Text("--memory", "BYTES", "memory limit, up to what the machine was started with");
        Flag<string?> reservation = Flag.Text("--memory-reservation", "BYTES", "memory that the host leaves the container longer than others theirs");
        Flag<string?> tasks = Flag.Text("--pids-limit", "N", "most processes and threads; -1 for no limit");
        Flag[] ignored =
        [
            Flag.Text("--memory-swap", "BYTES", "ignored"),
        ];
        return new Command("update", "Change the limits of a running container") { Usage = "[FLAGS] CONTAINER" }
            .WithFlags("Flags", [resources, shares, quota, period, cpus, mems, weight, memory, reservation, tasks, .. ignored]).WithArguments(id)
            .WithAction(line => oci.RunAsync(line, async runtime =>
            {
                ResourcesSpec asked = line.GetValue(resources) is { } file ? ReadResources(file) : new ResourcesSpec
                {
                    Cpu = new CpuSpec
                    {
                        Shares = Number<ulong>(line.GetValue(shares)), Quota = Number<long>(line.GetValue(quota)), Period = Number<ulong>(line.GetValue(period)),
                        Cpus = line.GetValue(cpus), Mems = line.GetValue(mems),
                    },
                    BlockIo = new BlockIoSpec { Weight = Number<ushort>(line.GetValue(weight)) },
                    Memory = line.IsGiven(memory) || line.IsGiven(reservation)
                        ? new MemorySpec { Limit = Number<long>(line.GetValue(memory)), Reservation = Number<long>(line.GetValue(reservation)) }
                        : null,
                    Pids = Number<long>(line.GetValue(tasks)) is { } most ? new PidsSpec { Limit = most } : null,
                };
                await runtime.UpdateAsync(line.GetValue(id), asked);
                return 0;
            }));
    }

    /// <summary>Writes statistics at each interval, and out-of-memory events between them, until the container exits or the caller stops it.</summary>
    private async Task FollowAsync(EngineRuntime runtime, string id, TimeSpan interval, CancellationToken stop)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using PeriodicTimer timer = new(interval, context.Clock);
        Task printing = PrintOutOfMemoryAsync(runtime, id, ended);
        try
        {
            do
            {
                Write(Render(id, runtime.Statistics(id)));
            }
            while (await WaitAsync(timer, ended.Token) && runtime.State(id).Pid != 0);
        }
        finally
        {
            await ended.CancelAsync();
            await printing;
        }
    }

    private async Task PrintOutOfMemoryAsync(EngineRuntime runtime, string id, CancellationTokenSource ended)
    {
        try
        {
            await foreach (DateTimeOffset _ in runtime.WatchOutOfMemoryAsync(id, ended.Token))
            {
                Write(RenderOutOfMemory(id));
            }

            await ended.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The command ends.
        }
    }

    private void Write(string line)
    {
        lock (gate)
        {
            context.Output.WriteLine(line);
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static ResourcesSpec ReadResources(string file)
    {
        if (file != "-")
        {
            return ResourcesSpec.Parse(File.ReadAllBytes(file), file);
        }

        using Stream input = StandardStreams.OpenInput();
        using MemoryStream bytes = new();
        input.CopyTo(bytes);
        return ResourcesSpec.Parse(bytes.ToArray(), "standard input");
    }

    private static T? Number<T>(string? text)
        where T : struct, IParsable<T> => text is null ? null
            : T.TryParse(text, CultureInfo.InvariantCulture, out T number) ? number
            : throw new FormatException($"'{text}' is not a number");

    /// <summary>runc's form of the statistics; missing ones are 0.</summary>
    internal static string Render(string id, GroupStatistics statistics) => RenderEvent("stats", id, writer =>
    {
        writer.WriteStartObject("data");
        WriteCpu(writer, statistics);
        WriteMemory(writer, statistics);
        writer.WriteStartObject("pids");
        writer.WriteNumber("current", statistics.Tasks ?? 0);
        writer.WriteNumber("limit", statistics.TasksLimit ?? 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    /// <summary>runc's event for a process that the kernel killed for lack of memory.</summary>
    private static string RenderOutOfMemory(string id) => RenderEvent("oom", id, _ => { });

    private static string RenderEvent(string type, string id, Action<Utf8JsonWriter> writeRest)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (Utf8JsonWriter writer = new(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("type", type);
            writer.WriteString("id", id);
            writeRest(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteCpu(Utf8JsonWriter writer, GroupStatistics statistics)
    {
        writer.WriteStartObject("cpu");
        writer.WriteStartObject("usage");
        writer.WriteNumber("total", statistics.CpuNanoseconds ?? 0);
        writer.WriteNumber("kernel", statistics.CpuSystemNanoseconds ?? 0);
        writer.WriteNumber("user", statistics.CpuUserNanoseconds ?? 0);
        writer.WriteEndObject();
        writer.WriteStartObject("throttling");
        writer.WriteNumber("periods", statistics.CpuPeriods ?? 0);
        writer.WriteNumber("throttledPeriods", statistics.CpuThrottledPeriods ?? 0);
        writer.WriteNumber("throttledTime", statistics.CpuThrottledNanoseconds ?? 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter writer, GroupStatistics statistics)
    {
        writer.WriteStartObject("memory");
        writer.WriteStartObject("usage");
        writer.WriteNumber("limit", statistics.MemoryLimitBytes ?? 0);
        writer.WriteNumber("usage", statistics.MemoryBytes ?? 0);
        writer.WriteNumber("max", statistics.MemoryPeakBytes ?? 0);
        writer.WriteNumber("failcnt", statistics.OomKills ?? 0);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
