using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Rendering;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's <c>stats</c>: an object a second, each with the values of the one before.</summary>
internal static class StatsRoute
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(1);

    public static async Task AnswerAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        bool isLasting = Answers.Switch(context, "stream", missing: true);
        bool isSingle = !isLasting && Answers.Switch(context, "one-shot");
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, engine.Ending);
        context.Response.ContentType = "application/json";
        StatsAnswer before = await ReadAsync(engine, container, null, leaving.Token);
        if (isSingle)
        {
            await Answers.LineAsync(context, before, DockerJson.Default.StatsAnswer);
            return;
        }

        do
        {
            await Task.Delay(interval, engine.Clock, leaving.Token);
            StatsAnswer now;
            try
            {
                now = await ReadAsync(engine, container, before, leaving.Token);
            }
            catch (HearthException failure) when (failure.Error == HearthError.ContainerUnknown)
            {
                // It was removed: nothing follows.
                return;
            }

            await Answers.LineAsync(context, now, DockerJson.Default.StatsAnswer);
            before = now;
        }
        while (isLasting);
    }

    /// <summary>A container that does not run has docker's empty object.</summary>
    private static async Task<StatsAnswer> ReadAsync(Engine engine, Container container, StatsAnswer? before, CancellationToken cancellationToken)
    {
        try
        {
            return StatsAnswer.Of(container, await engine.Containers.StatisticsAsync(container.Id, cancellationToken), engine.Clock.GetUtcNow(), before);
        }
        catch (HearthException failure) when (failure.Error is HearthError.WrongState or HearthError.ContainerNotRunning or HearthError.MachineFailed or HearthError.KeeperFailed)
        {
            return StatsAnswer.Of(container, null, engine.Clock.GetUtcNow(), before);
        }
    }
}

/// <summary>docker's object of statistics.</summary>
internal sealed record StatsAnswer
{
    private const long NanosecondsPerMicrosecond = 1000;

    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("name")]
    public required string Name { get; init; }

    [JsonPropertyName("read")]
    public required string ReadAt { get; init; }

    [JsonPropertyName("preread")]
    public required string ReadBefore { get; init; }

    [JsonPropertyName("pids_stats")]
    public required PidsAnswer Pids { get; init; }

    [JsonPropertyName("cpu_stats")]
    public required CpuAnswer Cpu { get; init; }

    [JsonPropertyName("precpu_stats")]
    public required CpuAnswer CpuBefore { get; init; }

    [JsonPropertyName("memory_stats")]
    public required MemoryAnswer Memory { get; init; }

    [JsonPropertyName("networks")]
    public required IReadOnlyDictionary<string, InterfaceAnswer> Networks { get; init; }

    [JsonPropertyName("blkio_stats")]
    public required BlockAnswer Blocks { get; init; }

    public static StatsAnswer Of(Container container, GuestStatistics? now, DateTimeOffset time, StatsAnswer? before) => new()
    {
        Id = container.Id,
        Name = $"/{container.Name}",
        ReadAt = ContainerView.Time(time),
        ReadBefore = before?.ReadAt ?? ContainerView.Time(null),
        Pids = new PidsAnswer(now?.Pids?.Current ?? 0),
        Cpu = now is null ? new CpuAnswer(new CpuUsage(0), 0, 0)
            : new CpuAnswer(new CpuUsage((now.Cpu?.UsageUs ?? 0) * NanosecondsPerMicrosecond), now.UptimeUs * NanosecondsPerMicrosecond * container.Description.Shape.VirtualCpus, container.Description.Shape.VirtualCpus),
        CpuBefore = before?.Cpu ?? new CpuAnswer(new CpuUsage(0), 0, 0),
        Memory = new MemoryAnswer(now?.Memory?.CurrentBytes ?? 0, now?.Memory?.LimitBytes ?? 0, new Dictionary<string, long> { ["inactive_file"] = now?.Memory?.InactiveFileBytes ?? 0 }),
        Networks = (now?.Interfaces ?? []).ToDictionary(each => each.Name, InterfaceAnswer.Of),
        Blocks = new BlockAnswer([
            new BlockCount("read", (now?.Drives ?? []).Sum(drive => drive.ReadBytes)), new BlockCount("write", (now?.Drives ?? []).Sum(drive => drive.WrittenBytes))]),
    };
}

internal sealed record PidsAnswer([property: JsonPropertyName("current")] long Current);

internal sealed record CpuAnswer([property: JsonPropertyName("cpu_usage")] CpuUsage Usage, [property: JsonPropertyName("system_cpu_usage")] long System, [property: JsonPropertyName("online_cpus")] int Processors);

internal sealed record CpuUsage([property: JsonPropertyName("total_usage")] long Total);

internal sealed record MemoryAnswer(
    [property: JsonPropertyName("usage")] long Usage, [property: JsonPropertyName("limit")] long Limit, [property: JsonPropertyName("stats")] IReadOnlyDictionary<string, long> Parts);

internal sealed record InterfaceAnswer(
    [property: JsonPropertyName("rx_bytes")] long ReceivedBytes, [property: JsonPropertyName("rx_packets")] long ReceivedPackets, [property: JsonPropertyName("rx_dropped")] long ReceivedDropped,
    [property: JsonPropertyName("tx_bytes")] long SentBytes, [property: JsonPropertyName("tx_packets")] long SentPackets, [property: JsonPropertyName("tx_dropped")] long SentDropped)
{
    public static InterfaceAnswer Of(InterfaceStatistics each) => new(each.ReceivedBytes, each.ReceivedPackets, each.ReceivedDropped, each.SentBytes, each.SentPackets, each.SentDropped);
}

internal sealed record BlockAnswer([property: JsonPropertyName("io_service_bytes_recursive")] IReadOnlyList<BlockCount> Bytes);

internal sealed record BlockCount([property: JsonPropertyName("op")] string Operation, [property: JsonPropertyName("value")] long Value);
