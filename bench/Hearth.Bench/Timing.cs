using System.Diagnostics;

namespace Hearth.Bench;

/// <summary>Times whole commands, taking turns so that a busy moment of the machine hits every contender.</summary>
internal static class Timing
{
    /// <summary>Runs each contender once to warm up, then <paramref name="rounds"/> times in turn; gives each one's median in ms.</summary>
    public static double[] MediansInTurn(int rounds, params Action[] contenders)
    {
        foreach (Action contender in contenders)
        {
            contender();
        }

        double[][] times = [.. contenders.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                times[i][round] = Measure(contenders[i]);
            }
        }

        return [.. times.Select(t => Percentile(t, 0.5))];
    }

    /// <summary>Wall time of one act in ms.</summary>
    public static double Measure(Action act)
    {
        long start = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>The value below which <paramref name="share"/> (0 to 1) of the samples lie.</summary>
    public static double Percentile(IEnumerable<double> samples, double share)
    {
        double[] sorted = [.. samples.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
