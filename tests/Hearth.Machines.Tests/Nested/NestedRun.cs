using System.Text.RegularExpressions;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Nested;

/// <summary>Tests of this very program or of another, run within a nested machine.</summary>
internal static partial class NestedRun
{
    /// <summary>Runs the tests that a filter selects, one after the other; any failure or skip fails the calling test with the names.</summary>
    /// <param name="nested">Where.</param>
    /// <param name="environment">Variables for the program, as a shell takes them.</param>
    /// <param name="filter">The program's filter flags.</param>
    /// <param name="limit">How long they may take together.</param>
    /// <param name="program">Null for this very program.</param>
    internal static async Task AssertPassAsync(NestedMachine nested, string environment, string filter, TimeSpan limit, string? program = null)
    {
        // Profiling jitted code pays off later than these tests end.
        (string output, int status) = await nested.RunAsync(
            $"cd /tmp && DOTNET_TieredPGO=0 HEARTH_TEST_KERNELS={TestKernels.Store} {environment} {program ?? Environment.ProcessPath} {filter} -reporter verbose -parallel none -noColor -noLogo",
            limit);
        string[] blamed = [.. output.Split('\n').Where(line => line.Contains("[FAIL]") || line.Contains("[SKIP]")).Select(line => line.Trim())];

        Assert.True(status == 0 && blamed.Length == 0, $"status {status}\n{string.Join('\n', blamed)}\n{output}");
        Match summary = Summary().Match(output);
        Assert.True(summary.Success && summary.Groups[1].Value != "0", $"no test ran: {output}");
    }

    [GeneratedRegex(@"Total: (\d+), Errors: 0, Failed: 0, Skipped: 0")]
    private static partial Regex Summary();
}
