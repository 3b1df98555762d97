using System.Text;
using Hearth.Rendering.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Hearth.Worker.Metrics;

/// <summary><c>/metrics</c>.</summary>
internal static class MetricsRoute
{
    private const string OpenName = "application/openmetrics-text";

    public static void Map(WebApplication application, Engine engine)
    {
        RunTotals totals = new();
        RunFollowing runs = new(engine, totals);
        MetricsCollector collector = new(engine, totals, runs);
        engine.Failures.Counted += error => totals.Errors.Add(RunTotals.LabelOf(error), 1);
        engine.Failures.Refused += () => totals.Starts.Add("refused", 1);
        engine.Fetched += totals.Count;
        application.MapGet("/metrics", context => AnswerAsync(context, collector));
        engine.Starts.Recorded += runs.Count;
        engine.Events.Happened += runs.Count;
    }

    private static async Task AnswerAsync(HttpContext context, MetricsCollector collector)
    {
        bool isOpen = PrefersOpen(context.Request.Headers);
        string text = Exposition.Write(await collector.CollectAsync(Answers.Switch(context, "containers"), context.RequestAborted), isOpen);
        context.Response.ContentType = isOpen ? Exposition.OpenType : Exposition.TextType;
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
    }

    /// <summary>Whether a client prefers OpenMetrics to the older format.</summary>
    public static bool PrefersOpen(IHeaderDictionary headers)
    {
        if (!MediaTypeHeaderValue.TryParseList(headers.Accept, out IList<MediaTypeHeaderValue>? accepted))
        {
            return false;
        }

        double open = BestOf(accepted.Where(type => type.MediaType == OpenName && VersionOf(type) is null or "1.0.0"));
        return open > 0 && open >= BestOf(accepted.Where(type => type.MediaType == "text/plain"));
    }

    private static string? VersionOf(MediaTypeHeaderValue type) =>
        type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase))?.GetUnescapedValue().Value;

    private static double BestOf(IEnumerable<MediaTypeHeaderValue> types) => types.Select(type => type.Quality ?? 1).DefaultIfEmpty(0).Max();
}
