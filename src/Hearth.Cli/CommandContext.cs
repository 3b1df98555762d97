using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux.Processes;

namespace Hearth.Cli;

/// <summary>The streams, environment and clock of a command; tests pass their own.</summary>
internal sealed class CommandContext
{
    private UnexpectedFaults? faults;

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

    /// <summary>When the command began, by the clock's timestamp.</summary>
    public required long StartTimestamp { get; init; }

    /// <summary>Reports unexpected exceptions.</summary>
    public UnexpectedFaults Faults => faults ??= new UnexpectedFaults(Environment.Find, Clock);

    /// <summary>Terminals get colours, unless NO_COLOR is set (https://no-color.org).</summary>
    public bool ColoursOutput => OutputColumns is not null && AllowsColours;

    public bool ColoursError => ErrorColumns is not null && AllowsColours;

    /// <summary>The containers of a state and a run directory; this program itself becomes their keepers.</summary>
    public ContainerService Open(HearthDirectories directories) => new(directories, Clock, new KeeperLauncher(Environment));

    private bool AllowsColours => string.IsNullOrEmpty(Environment.Find("NO_COLOR")) && Environment.Find("TERM") != "dumb";

    public void Warn(string message) => Error.WriteLine($"hearth: warning: {message}");

    /// <summary>Shows a diagnostic: a warning as this program's, anything else as the line that it is.</summary>
    public void Show(Diagnostic diagnostic)
    {
        if (diagnostic.Severity == DiagnosticSeverity.Warning)
        {
            Warn(diagnostic.Text);
        }
        else
        {
            Error.WriteLine(diagnostic.Text);
        }
    }

    public void Show(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (Diagnostic diagnostic in diagnostics)
        {
            Show(diagnostic);
        }
    }
}
