using Hearth.Admission;
using Hearth.Containers;
using Hearth.Distribution;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hearth.Worker.Tests;

/// <summary>Which failures of requests are logged and counted.</summary>
public sealed class RequestFailureTests
{
    public static TheoryData<Exception, int, string?, LogLevel> Failures => new()
    {
        { new HearthException(HearthError.ImageUnavailable, "the registry has gone"), 500, "ImageUnavailable", LogLevel.Error },
        { new HearthException(HearthError.ContainerUnknown, "there is none"), 404, "ContainerUnknown", LogLevel.Information },
        { new InvalidOperationException("a fault"), 500, "Unexpected", LogLevel.Error },
        { new FormatException("no number"), 400, "InvalidRequest", LogLevel.Information },
        { new ImageException(ImageError.InvalidRequest, "no platform"), 400, "InvalidRequest", LogLevel.Information },
        { ApiException.NotFound("no page"), 404, null, LogLevel.None },
        { new AdmissionException("it drains", mayRetry: true), 503, null, LogLevel.None },
        { new OperationCanceledException(), 500, null, LogLevel.None },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Each_is_logged_and_counted_unless_it_only_answers_a_client(Exception failure, int status, string? counted, LogLevel level)
    {
        LastLine log = new();
        RequestFailures failures = new(log);
        List<string> seen = [];
        int refused = 0;
        failures.Counted += error => seen.Add(error.ToString());
        failures.Refused += () => refused++;
        DefaultHttpContext context = new();
        context.Request.Method = "POST";
        context.Request.Path = "/images/create";

        failures.Note(failure, context, status);

        Assert.Equal(counted is null ? [] : [counted], seen);
        Assert.Equal(failure is AdmissionException ? 1 : 0, refused);
        Assert.Equal((level, counted is null ? "" : $"POST /images/create failed with {status}: {failure.Message}"), (log.Level, log.Text));
    }

    private sealed class LastLine : ILogger
    {
        public LogLevel Level { get; private set; } = LogLevel.None;

        public string Text { get; private set; } = "";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            (Level, Text) = (logLevel, formatter(state, exception));
    }
}
