using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Records.Starts;
using Hearth.Worker.Starts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>The reports of starts: what each phase took from the queue to the first output, and how much was read.</summary>
internal static class StartRoutes
{
    private const int DefaultLimit = 100;

    private static readonly TimeSpan answerTimeout = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet($"{HearthApi.Prefix}/starts", context => ListAsync(context, engine));
        routes.MapGet($"{HearthApi.Prefix}/starts/{{container}}", context => ReadAsync(context, engine));
    }

    private static Task ListAsync(HttpContext context, Engine engine)
    {
        int limit = Answers.Number(context, "limit") is { } number ? number > 0 ? number : throw ApiException.BadRequest($"invalid limit {number}: it must be 1 or more") : DefaultLimit;
        string? container = Answers.Text(context, "container");
        StartAnswer[] found =
        [
            .. engine.Starts.Newest
                .Where(start => container is null || start.Name == container || start.Id.StartsWith(container, StringComparison.Ordinal))
                .Take(limit)
                .Select(start => StartAnswer.Of(start, IsRunning(engine, start))),
        ];
        return Answers.JsonAsync(context, found, HearthJson.Default.IReadOnlyListStartAnswer);
    }

    /// <summary>The last start of a container; while it runs, with what was read until now.</summary>
    private static async Task ReadAsync(HttpContext context, Engine engine)
    {
        string wanted = Answers.Route(context, "container");
        StartRecord start = engine.Starts.Newest.FirstOrDefault(start => start.Name == wanted || start.Id.StartsWith(wanted, StringComparison.Ordinal))
            ?? throw ApiException.NotFound($"no start of a container '{wanted}' is on record: the last {StartHistory.Most} are kept; GET {HearthApi.Prefix}/starts lists them");
        bool isRunning = IsRunning(engine, start);
        if (isRunning)
        {
            start = start with { Report = await ObserveAsync(engine, start, context.RequestAborted) };
        }

        await Answers.JsonAsync(context, StartAnswer.Of(start, isRunning), HearthJson.Default.StartAnswer);
    }

    private static bool IsRunning(Engine engine, StartRecord start) =>
        start.Stage == StartStage.Started && engine.Containers.Store.TryRead(start.Id) is { State.IsHeld: true };

    /// <summary>The keeper's report as it is now; the one of the start if the keeper does not answer soon.</summary>
    private static async Task<RunReport> ObserveAsync(Engine engine, StartRecord start, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(answerTimeout, engine.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await engine.Containers.ReportAsync(start.Id, either.Token);
        }
        catch (Exception exception) when (exception is HearthException || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return start.Report;
        }
    }
}

/// <summary>One start.</summary>
/// <param name="Id">The container's id.</param>
/// <param name="Name">The container's name.</param>
/// <param name="Image">Its image or root directory.</param>
/// <param name="RequestedAt">The zero of the phases.</param>
/// <param name="State">Whether the process runs.</param>
/// <param name="Report">As <c>hearth run --report</c> writes it.</param>
internal sealed record StartAnswer(string Id, string Name, string Image, DateTimeOffset RequestedAt, StartState State, RunReport Report)
{
    public static StartAnswer Of(StartRecord start, bool isRunning) => new(
        start.Id, start.Name, start.Image, start.RequestedAt, start.Stage == StartStage.Ended ? StartState.Ended : isRunning ? StartState.Running : StartState.Lost, start.Report);
}

internal enum StartState
{
    [JsonStringEnumMemberName("running")]
    Running,

    [JsonStringEnumMemberName("ended")]
    Ended,

    /// <summary>Its keeper was killed, so nobody wrote how it ended.</summary>
    [JsonStringEnumMemberName("lost")]
    Lost,
}
