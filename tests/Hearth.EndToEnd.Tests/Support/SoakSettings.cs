using System.Globalization;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>How long tests with random acts go on, and which.</summary>
internal static class SoakSettings
{
    /// <summary>The seed of a soak that is to be repeated; without it, another each time, which the output tells.</summary>
    public const string SeedVariable = "HEARTH_SOAK_SEED";

    /// <summary>How long, in minutes; set by <c>./dev soak</c>.</summary>
    private const string MinutesVariable = "HEARTH_SOAK_MINUTES";

    public static int Seed => (int)Number(SeedVariable, Environment.TickCount);

    /// <param name="shortMinutes">Among the other tests.</param>
    public static TimeSpan Duration(double shortMinutes) => TimeSpan.FromMinutes(Number(MinutesVariable, shortMinutes));

    private static double Number(string variable, double fallback) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : fallback;
}
