using System.Globalization;
using Hearth.Containers;

namespace Hearth.Rendering;

/// <summary>A progress line on a terminal, redrawn as work advances; nothing without a terminal.</summary>
public sealed class ProgressLine(OutputContext context, string title) : IDisposable
{
    private const int BarWidth = 30;

    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private long lastShown = long.MinValue;
    private bool isShown;

    /// <param name="done">Bytes.</param>
    /// <param name="total">Bytes.</param>
    public void Show(long done, long total)
    {
        if (context.ErrorColumns is null)
        {
            return;
        }

        lock (gate)
        {
            long now = context.Clock.GetTimestamp();
            if (isShown && context.Clock.GetElapsedTime(lastShown, now) < interval && done < total)
            {
                return;
            }

            lastShown = now;
            isShown = true;
            context.Error.Write($"\r{Compose(title, done, total)}\u001b[K");
        }
    }

    /// <summary>Clears the line.</summary>
    public void Clear()
    {
        lock (gate)
        {
            if (isShown)
            {
                context.Error.Write("\r\u001b[K");
                isShown = false;
            }
        }
    }

    public void Dispose() => Clear();

    /// <summary><c>packing ███████░░░░░░░  48%  2.1 GiB of 4.4 GiB</c>.</summary>
    internal static string Compose(string title, long done, long total) => $"{title} {Bar(done, total, BarWidth)}";

    /// <summary><c>███████░░░░░░░  48%  2.1 GiB of 4.4 GiB</c>.</summary>
    internal static string Bar(long done, long total, int width)
    {
        double share = total <= 0 ? 1 : Math.Clamp(done / (double)total, 0, 1);
        int filled = (int)(share * width);
        return string.Create(CultureInfo.InvariantCulture,
            $"{new string('█', filled)}{new string('░', width - filled)} {share * 100,3:0}%  {new ByteSize(Math.Min(done, total))} of {new ByteSize(total)}");
    }
}
