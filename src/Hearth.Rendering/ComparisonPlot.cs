using System.Globalization;
using System.Xml;
using Hearth.Containers;
using Hearth.Keeper.Comparison;

namespace Hearth.Rendering;

/// <summary>
/// Draws a comparison as an SVG file: a panel for each figure, a bar for each mode. A panel whose bars differ by more than
/// fifty times has a logarithmic scale, and says so.
/// </summary>
public sealed class ComparisonPlot
{
    private const string SvgNamespace = "http://www.w3.org/2000/svg";
    private const int Width = 860;
    private const int Margin = 24;
    private const int LabelWidth = 140;
    private const int ValueWidth = 110;
    private const int BarHeight = 20;
    private const int BarGap = 6;
    private const int HeadingHeight = 34;
    private const int TitleHeight = 66;
    private const double LinearRange = 50;

    /// <summary>Distinct also for the colour-blind (Okabe and Ito's palette).</summary>
    private static readonly string[] colours = ["#0072B2", "#56B4E9", "#E69F00", "#F0C36D", "#999999", "#CC79A7", "#009E73"];

    private readonly XmlWriter xml;
    private readonly RootfsComparison comparison;
    private readonly ModeFigures[] modes;
    private double top;

    private ComparisonPlot(XmlWriter xml, RootfsComparison comparison)
    {
        this.xml = xml;
        this.comparison = comparison;
        modes = [.. comparison.Modes.Where(mode => mode.Error is null)];
    }

    /// <summary>The whole drawing.</summary>
    public static string Draw(RootfsComparison comparison)
    {
        using StringWriter text = new(CultureInfo.InvariantCulture);
        using (XmlWriter xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true }))
        {
            new ComparisonPlot(xml, comparison).Draw();
        }

        return text + "\n";
    }

    private void Draw()
    {
        List<(string Title, Func<ModeFigures, double?> Value, Func<double, string> Label)> panels =
        [
            ("Until the disk is ready", mode => mode.PrepareMs, Duration),
            ("Until the first output", mode => mode.FirstOutputMs, Duration),
            ("Read from the source until then", mode => mode.SourceBytes, Bytes),
            ("Disk taken", mode => mode.DiskBytes, Bytes),
        ];
        panels.AddRange(comparison.Modes.SelectMany(mode => mode.Workloads).Select(figures => figures.Workload).Distinct().Select(name =>
            (name, (Func<ModeFigures, double?>)(mode => mode.Workloads.FirstOrDefault(figures => figures.Workload == name)?.MedianMs), (Func<double, string>)Duration)));

        int panelHeight = HeadingHeight + (modes.Length * (BarHeight + BarGap));
        int height = TitleHeight + (panels.Count * panelHeight) + Margin;
        xml.WriteStartElement("svg", SvgNamespace);
        Attributes(("viewBox", $"0 0 {Width} {height}"), ("width", $"{Width}"), ("height", $"{height}"), ("font-family", "system-ui, sans-serif"), ("font-size", "13"));
        Rectangle(0, 0, Width, height, "#ffffff");
        Text(Margin, 30, "start", "#111111", $"One tree, {modes.Length} ways to boot it", "font-size", "18");
        Text(Margin, 50, "start", "#555555", string.Create(CultureInfo.InvariantCulture,
            $"{comparison.Files:#,0} files, {new ByteSize(comparison.ContentBytes)}; {comparison.Vmm}, {comparison.Accelerator}; workloads: median of {comparison.Rounds} guests"));
        top = TitleHeight;
        foreach ((string title, Func<ModeFigures, double?> value, Func<double, string> label) in panels)
        {
            DrawPanel(title, value, label);
        }

        xml.WriteEndElement();
    }

    private void DrawPanel(string title, Func<ModeFigures, double?> value, Func<double, string> label)
    {
        double[] positive = [.. modes.Select(value).OfType<double>().Where(number => number > 0)];
        double largest = positive.DefaultIfEmpty(1).Max();
        double smallest = positive.DefaultIfEmpty(1).Min();
        bool isLogarithmic = largest / smallest > LinearRange;
        Text(Margin, top + 22, "start", "#111111", isLogarithmic ? title + " (logarithmic)" : title, "font-weight", "600");
        top += HeadingHeight;
        for (int i = 0; i < modes.Length; i++)
        {
            double middle = top + (BarHeight / 2.0) + 4;
            Text(Margin + LabelWidth - 8, middle, "end", "#333333", modes[i].Mode);
            if (value(modes[i]) is double number)
            {
                double share = number <= 0 ? 0 : isLogarithmic ? (Math.Log(number / smallest) + 1) / (Math.Log(largest / smallest) + 1) : number / largest;
                double length = share * (Width - (2 * Margin) - LabelWidth - ValueWidth);
                Rectangle(Margin + LabelWidth, top, length, BarHeight, colours[i % colours.Length]);
                Text(Margin + LabelWidth + length + 8, middle, "start", "#333333", label(number));
            }

            top += BarHeight + BarGap;
        }
    }

    private void Rectangle(double x, double y, double width, double height, string fill)
    {
        xml.WriteStartElement("rect", SvgNamespace);
        Attributes(("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(height)), ("fill", fill));
        xml.WriteEndElement();
    }

    private void Text(double x, double y, string anchor, string fill, string text, string? style = null, string value = "")
    {
        xml.WriteStartElement("text", SvgNamespace);
        Attributes(("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor), ("fill", fill));
        if (style is not null)
        {
            xml.WriteAttributeString(style, value);
        }

        xml.WriteString(text);
        xml.WriteEndElement();
    }

    private void Attributes(params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach ((string name, string value) in attributes)
        {
            xml.WriteAttributeString(name, value);
        }
    }

    private static string Number(double number) => number.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Duration(double ms) => ComparisonTable.Duration(ms);

    private static string Bytes(double bytes) => bytes == 0 ? "none" : new ByteSize((long)bytes).ToString();
}
