using System.Text.Json;
using Hearth.Images.Pulling;

namespace Hearth.Rendering;

/// <summary>
/// Shows the layers of a pull: on a terminal a bar for each, redrawn as they arrive; else a line when a layer changes its state,
/// in docker's words; or each report as a line of JSON.
/// </summary>
public sealed class PullOutput(OutputContext context, ProgressKind kind) : IDisposable
{
    private const int ShownDigits = 12;
    private const int BarWidth = 24;

    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly List<LayerProgress> layers = [];
    private readonly bool isDrawn = kind == ProgressKind.Auto && context.ErrorColumns is not null;
    private long lastDrawn = long.MinValue;
    private int drawnLines;

    /// <summary>Takes a report; from any thread.</summary>
    public void Show(LayerProgress progress)
    {
        lock (gate)
        {
            int known = layers.FindIndex(layer => layer.Layer == progress.Layer);
            bool isChanged = known < 0 || layers[known].State != progress.State;
            if (known < 0)
            {
                layers.Add(progress);
            }
            else
            {
                layers[known] = progress;
            }

            if (kind == ProgressKind.Json)
            {
                context.Error.WriteLine(JsonSerializer.Serialize(new ProgressLineView($"{progress.Layer}", Words(progress.State), progress.Bytes, progress.Size), OutputJson.Lines.ProgressLineView));
            }
            else if (isDrawn)
            {
                Draw(isForced: isChanged);
            }
            else if (kind != ProgressKind.Quiet && isChanged)
            {
                context.Error.WriteLine($"{progress.Layer.Hex[..ShownDigits]}: {Words(progress.State)}");
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (isDrawn && layers.Count > 0)
            {
                Draw(isForced: true);
            }
        }
    }

    /// <summary><c>5891b5b522d5: Downloading ████████░░░░  61%  3.1 MiB of 5.2 MiB</c>.</summary>
    internal static string Compose(LayerProgress layer)
    {
        string text = $"{layer.Layer.Hex[..ShownDigits]}: {Words(layer.State)}";
        return layer.State == LayerState.Fetching ? $"{text} {ProgressLine.Bar(layer.Bytes, layer.Size, BarWidth)}" : text;
    }

    private void Draw(bool isForced)
    {
        long now = context.Clock.GetTimestamp();
        if (!isForced && drawnLines > 0 && context.Clock.GetElapsedTime(lastDrawn, now) < interval)
        {
            return;
        }

        lastDrawn = now;
        string up = drawnLines > 0 ? $"\u001b[{drawnLines}A" : "";
        int columns = context.ErrorColumns!.Value;
        context.Error.Write(up + string.Concat(layers.Select(layer => Compose(layer)).Select(line => $"\r{(line.Length < columns ? line : line[..(columns - 1)])}\u001b[K\n")));
        drawnLines = layers.Count;
    }

    private static string Words(LayerState state) => state switch
    {
        LayerState.Waiting => "Waiting",
        LayerState.Fetching => "Downloading",
        LayerState.Present => "Already exists",
        LayerState.Indexed => "Fetched when read",
        _ => "Pull complete",
    };
}

/// <summary>How progress is shown.</summary>
public enum ProgressKind
{
    /// <summary>Bars on a terminal, lines elsewhere.</summary>
    Auto,
    Plain,
    Json,
    Quiet,
}

/// <summary>A report as a line of JSON.</summary>
public sealed record ProgressLineView(string Layer, string Status, long Current, long Total);
