using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Rendering;

namespace Hearth.Cli;

/// <summary>The streams, environment and clock of a command; tests pass their own.</summary>
internal sealed class CommandContext : OutputContext
{
    private UnexpectedFaults? faults;

    /// <summary>When the command began, by the clock's timestamp.</summary>
    public required long StartTimestamp { get; init; }

    /// <summary>Reports unexpected exceptions.</summary>
    public UnexpectedFaults Faults => faults ??= new UnexpectedFaults(Environment.Find, Clock);

    /// <summary>The containers of a state and a run directory; this program itself becomes their keepers.</summary>
    public ContainerService Open(HearthDirectories directories) => new(directories, Clock, new KeeperLauncher(Environment)) { Unreadable = Show };

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
