using System.Globalization;
using Hearth.Containers.Reports;
using Spectre.Console;

namespace Hearth.Rendering;

/// <summary>Draws a run's phases below one another, each at its time.</summary>
public static class Waterfall
{
    private const int NarrowestBar = 20;
    private const int WidestBar = 80;

    /// <summary>A full cell, then cells filled by eighths from the left.</summary>
    private const string Eighths = " ▏▎▍▌▋▊▉";

    public static void Draw(IAnsiConsole console, IReadOnlyList<Phase> phases)
    {
        if (phases.Count == 0)
        {
            return;
        }

        double endMs = Math.Max(1, phases.Max(phase => phase.EndMs));
        string[] starts = [.. phases.Select(phase => Milliseconds(phase.StartMs))];
        string[] durations = [.. phases.Select(phase => Milliseconds(phase.DurationMs))];
        int nameWidth = Math.Max("phase".Length, phases.Max(phase => phase.Name.Length));
        int startWidth = Math.Max("start".Length, starts.Max(text => text.Length));
        int durationWidth = Math.Max("takes".Length, durations.Max(text => text.Length));
        int barWidth = Math.Clamp(console.Profile.Width - nameWidth - startWidth - durationWidth - 8, NarrowestBar, WidestBar);

        string end = Milliseconds(endMs);
        console.MarkupLine($"[dim]{"phase".PadRight(nameWidth)}  {"start".PadLeft(startWidth)}  {"takes".PadLeft(durationWidth)}  0{end.PadLeft(barWidth - 1)}[/]");
        for (int i = 0; i < phases.Count; i++)
        {
            string bar = Bar(phases[i], endMs, barWidth);
            console.MarkupLine($"{phases[i].Name.PadRight(nameWidth)}  {starts[i].PadLeft(startWidth)}  {durations[i].PadLeft(durationWidth)}  [{Colour(phases[i].Name)}]{bar}[/]");
        }
    }

    /// <summary>At least a sliver, so that no phase is invisible.</summary>
    private static string Bar(Phase phase, double endMs, int width)
    {
        int eighthsInAll = width * 8;
        int start = (int)Math.Min(Math.Max(0, phase.StartMs) / endMs * eighthsInAll, eighthsInAll - 1);
        int length = Math.Max(1, (int)Math.Round(phase.DurationMs / endMs * eighthsInAll));
        int cell = start / 8;
        int filled = Math.Min(length, eighthsInAll - (cell * 8));
        string rest = filled % 8 == 0 ? "" : Eighths[filled % 8].ToString();
        return new string(' ', cell) + new string('█', filled / 8) + rest;
    }

    private static string Milliseconds(double ms) => ms < 10
        ? string.Create(CultureInfo.InvariantCulture, $"{ms:0.0} ms")
        : string.Create(CultureInfo.InvariantCulture, $"{ms:#,0} ms");

    /// <summary>By the place of the work: the host's reading, the machine, the workload.</summary>
    private static string Colour(string phase) => phase switch
    {
        PhaseNames.Walk or PhaseNames.Plan or PhaseNames.Serve or PhaseNames.Pack => "blue",
        PhaseNames.Machine or PhaseNames.Kernel or PhaseNames.Init => "yellow",
        _ => "green",
    };
}
