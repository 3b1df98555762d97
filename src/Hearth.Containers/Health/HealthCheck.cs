namespace Hearth.Containers.Health;

/// <summary>How the health of a running container is checked. What is zero or empty is the image's, or docker's default.</summary>
public sealed record HealthCheck
{
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan DefaultStartInterval = TimeSpan.FromSeconds(5);
    public const int DefaultRetries = 3;

    private const string None = "NONE";
    private const string Words = "CMD";
    private const string Line = "CMD-SHELL";
    private static readonly string[] usualShell = ["/bin/sh", "-c"];

    /// <summary>No check, whatever the image says.</summary>
    public static HealthCheck Disabled { get; } = new() { Test = [None] };

    /// <summary><c>NONE</c>, or <c>CMD</c> and words, or <c>CMD-SHELL</c> and a line.</summary>
    public IReadOnlyList<string> Test { get; init => field = value ?? []; } = [];

    /// <summary>The time from the end of a check to the next.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>A check that takes longer has failed.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>The time after the start in which failures do not count.</summary>
    public TimeSpan StartPeriod { get; init; }

    /// <summary>The interval in the start period.</summary>
    public TimeSpan StartInterval { get; init; }

    /// <summary>So many failures in a row make a container unhealthy.</summary>
    public int Retries { get; init; }

    /// <summary>The shell that runs the line of <c>CMD-SHELL</c>; empty for /bin/sh.</summary>
    public IReadOnlyList<string> Shell { get; init => field = value ?? []; } = [];

    public TimeSpan UsedInterval => Or(Interval, DefaultInterval);

    public TimeSpan UsedTimeout => Or(Timeout, DefaultTimeout);

    public TimeSpan UsedStartInterval => Or(StartInterval, DefaultStartInterval);

    public int UsedRetries => Retries == 0 ? DefaultRetries : Retries;

    /// <summary>The command of a check; empty for none.</summary>
    public IReadOnlyList<string> Command => Test.Count < 2 ? [] : Test[0] switch
    {
        Words => [.. Test.Skip(1)],
        Line => [.. Shell.Count == 0 ? usualShell : Shell, Test[1]],
        _ => [],
    };

    public static HealthCheck OfLine(string line) => new() { Test = [Line, line] };

    /// <summary>Returns this check, completed from an image's.</summary>
    public HealthCheck Over(HealthCheck image) => this with
    {
        Test = Test.Count == 0 ? image.Test : Test,
        Interval = Or(Interval, image.Interval),
        Timeout = Or(Timeout, image.Timeout),
        StartPeriod = Or(StartPeriod, image.StartPeriod),
        StartInterval = Or(StartInterval, image.StartInterval),
        Retries = Retries == 0 ? image.Retries : Retries,
        Shell = image.Shell,
    };

    private static TimeSpan Or(TimeSpan time, TimeSpan otherwise) => time == TimeSpan.Zero ? otherwise : time;
}
