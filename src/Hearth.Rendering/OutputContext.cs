using Hearth.Linux.Processes;

namespace Hearth.Rendering;

/// <summary>Where a command's results and messages go, and what the terminal behind them can do.</summary>
public abstract class OutputContext
{
    /// <summary>Takes results, as text: a workload's output does not pass through here.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Takes messages, warnings and drawings.</summary>
    public required TextWriter Error { get; init; }

    public required HostEnvironment Environment { get; init; }

    /// <summary>Columns of the terminal that output goes to; null if it is no terminal.</summary>
    public int? OutputColumns { get; init; }

    /// <summary>Columns of the terminal that messages go to; null if it is no terminal.</summary>
    public int? ErrorColumns { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Terminals get colours, unless NO_COLOR is set (https://no-color.org).</summary>
    public bool ColoursOutput => OutputColumns is not null && AllowsColours;

    public bool ColoursError => ErrorColumns is not null && AllowsColours;

    private bool AllowsColours => string.IsNullOrEmpty(Environment.Find("NO_COLOR")) && Environment.Find("TERM") != "dumb";
}
