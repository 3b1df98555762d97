using System.Text.Json;

namespace Hearth.Bench;

/// <summary>How long a run takes to prepare a root that the cache knows: asking the cache and serving, as its report has them.</summary>
internal static class KnownRoot
{
    private const int Rounds = 7;

    /// <summary>The median in ms, after a run that fills the cache.</summary>
    /// <param name="workshop">Its scratch directory is the state directory.</param>
    /// <param name="words">Flags, the root, and a command that it does not have, so that the guest ends at once.</param>
    public static double Prepare(Workshop workshop, string[] words)
    {
        string report = Path.Combine(workshop.Scratch, "report.json");
        double[] times = new double[Rounds];
        for (int round = -1; round < Rounds; round++)
        {
            string run = $"'{workshop.Hearth}' run --state-dir '{workshop.Scratch}' --run-dir '{workshop.Scratch}/run' --report '{report}'";
            Shell.Run("sh", ["-c", $"{run} \"$@\" || [ $? = 127 ]", "sh", .. words]);
            if (round >= 0)
            {
                times[round] = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("phases").EnumerateArray()
                    .Where(phase => phase.GetProperty("name").GetString() is "walk" or "plan" or "cache" or "serve")
                    .Sum(phase => phase.GetProperty("durationMs").GetDouble());
            }
        }

        return Timing.Percentile(times, 0.5);
    }
}
