using System.Globalization;
using Hearth.Containers;
using Hearth.Rootfs;
using Spectre.Console;

namespace Hearth.Rendering;

/// <summary>Draws a planned image for people: its figures, and a tree of where the bytes are.</summary>
public static class PlanDrawing
{
    public static void Draw(IAnsiConsole console, PlanSummary plan)
    {
        string times = string.Join(", ", plan.Phases.Select(phase => string.Create(CultureInfo.InvariantCulture, $"{phase.Name} {phase.DurationMs:#,0} ms")));
        string share = Percent(plan.MetadataBytes, plan.ContentBytes);
        var figures = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        AddRow(figures, "Directory", plan.Directory);
        AddRow(figures, "Nodes", string.Create(CultureInfo.InvariantCulture,
            $"{plan.Nodes:#,0}: {plan.Files:#,0} files, {plan.Directories:#,0} directories, {plan.Links:#,0} symbolic links, {plan.Others:#,0} others"));
        AddRow(figures, "Contents", $"{new ByteSize(plan.ContentBytes)}, of which nothing was read");
        AddRow(figures, "Metadata", $"{new ByteSize(plan.MetadataBytes)} ({share} of the contents)");
        AddRow(figures, "Image", $"{new ByteSize(plan.ImageBytes)}, {plan.Format}, virtual");
        AddRow(figures, "Time", times);
        console.Write(figures);
        console.WriteLine();

        var tree = new Tree(Label(plan.Usage, plan.Usage.Bytes));
        AddChildren(tree, plan.Usage, plan.Usage.Bytes);
        console.Write(tree);
    }

    private static void AddRow(Grid grid, string name, string value) => grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));

    private static void AddChildren(IHasTreeNodes node, DirectoryUsage usage, long allBytes)
    {
        foreach (DirectoryUsage child in usage.Children)
        {
            AddChildren(node.AddNode(Label(child, allBytes)), child, allBytes);
        }
    }

    private static Markup Label(DirectoryUsage usage, long allBytes) => new(string.Create(CultureInfo.InvariantCulture,
        $"[blue]{Markup.Escape(usage.Name)}[/]  {new ByteSize(usage.Bytes)}  [dim]{Percent(usage.Bytes, allBytes)}, {usage.Files:#,0} files[/]"));

    private static string Percent(long part, long all) =>
        string.Create(CultureInfo.InvariantCulture, $"{(all == 0 ? 0 : 100.0 * part / all):0.0}%");
}
