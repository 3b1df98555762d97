using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Docker.Containers;

/// <summary>docker's <c>top</c>: the processes of a container in the columns that ps(1) has for <c>ps_args</c>.</summary>
internal static class TopRoute
{
    private const string UsualArguments = "-ef";

    public static async Task AnswerAsync(HttpContext context, Engine engine)
    {
        Container container = engine.Resolve(Answers.Route(context, "id"));
        IReadOnlyList<ProcessColumn> columns = ProcessColumns.Parse(Answers.Text(context, "ps_args") ?? UsualArguments);
        ProcessList list = await engine.Containers.ProcessesAsync(container.Id, context.RequestAborted);
        DateTimeOffset now = engine.Clock.GetUtcNow();
        long memory = (long)container.Description.Shape.MemoryInMebibytes << 20;
        TopAnswer answer = new(
            [.. columns.Select(column => column.Title)],
            [.. list.Processes.Select(process => (IReadOnlyList<string>)[.. columns.Select(column => column.Value(new ShownProcess(process, now, memory)))])]);
        await Answers.JsonAsync(context, answer, DockerJson.Default.TopAnswer);
    }
}

internal sealed record TopAnswer(IReadOnlyList<string> Titles, IReadOnlyList<IReadOnlyList<string>> Processes);

/// <summary>A column of ps(1).</summary>
internal sealed record ProcessColumn(string Title, Func<ShownProcess, string> Value);

/// <summary>A process, and what its values are relative to.</summary>
/// <param name="Process">The process.</param>
/// <param name="Now">The host's time.</param>
/// <param name="MemoryBytes">Of the machine.</param>
internal readonly record struct ShownProcess(ContainerProcess Process, DateTimeOffset Now, long MemoryBytes)
{
    public DateTimeOffset Start => DateTimeOffset.UnixEpoch.AddTicks(Process.StartUnixNanoseconds / 100);

    public TimeSpan Age => Now > Start ? Now - Start : TimeSpan.Zero;

    public TimeSpan ProcessorTime => TimeSpan.FromMilliseconds(Process.CpuTimeMs);

    public double ProcessorPercent => Age > TimeSpan.Zero ? Math.Min(100.0 * Math.Max(1, Process.Threads), 100 * ProcessorTime / Age) : 0;
}
