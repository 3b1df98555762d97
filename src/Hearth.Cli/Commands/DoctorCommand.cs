using Hearth.CommandLine;
using Hearth.Keeper.Diagnosis;
using Hearth.Rendering;
using Spectre.Console;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth doctor</c>: checks whether this host can run containers, and advises.</summary>
internal sealed class DoctorCommand(CommandContext context, GlobalFlags global)
{
    private readonly Flag<OutputFormat> format = CommonFlags.Format();

    public Command Create() => new Command("doctor", "Check whether this host can run containers")
    {
        Usage = "[FLAGS]",
        Details = """
            Each requirement is met (ok), limited (warn: containers run, with restrictions) or unmet (FAIL: no
            container runs). The exit code is 1 if a requirement is unmet.
            """,
        Examples = [("hearth doctor --format json", "for programs")],
    }.WithFlags("Flags", format)
        .WithAction(Run);

    private int Run(ParsedLine line)
    {
        IReadOnlyList<HostNeed> needs = new HostInspection(global.Directories(line, context), context.Environment).Inspect();
        if (line.GetValue(format) == OutputFormat.Json)
        {
            JsonOutput.Write(context.Output, needs, OutputJson.Default.IReadOnlyListHostNeed);
        }
        else
        {
            Draw(Drawing.OnOutput(context), needs);
        }

        return needs.Any(need => need.State == NeedState.Unmet) ? 1 : 0;
    }

    private static void Draw(IAnsiConsole console, IReadOnlyList<HostNeed> needs)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (HostNeed need in needs)
        {
            grid.AddRow(Mark(need.State), new Text(need.Name), new Text(need.Finding));
            if (need.Advice is { } advice)
            {
                grid.AddRow(Text.Empty, Text.Empty, new Text($"→ {advice}", new Style(foreground: Color.Yellow)));
            }
        }

        console.Write(grid);
    }

    private static Markup Mark(NeedState state) => new(state switch
    {
        NeedState.Met => "[green]ok[/]",
        NeedState.Limited => "[yellow]warn[/]",
        _ => "[red]FAIL[/]",
    });
}
