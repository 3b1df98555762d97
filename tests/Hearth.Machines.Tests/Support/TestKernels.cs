using Hearth.Machines.Kernel;

namespace Hearth.Machines.Tests.Support;

/// <summary>The kernel that guests boot: from the store that HEARTH_TEST_KERNELS names, or this checkout's.</summary>
internal static class TestKernels
{
    private const string Variable = "HEARTH_TEST_KERNELS";

    internal static string Store { get; } = Environment.GetEnvironmentVariable(Variable) ?? Path.Combine(FindRepository(), "artifacts", "share", "hearth", "kernels");

    /// <summary>The newest kernel; without one the test is skipped.</summary>
    internal static KernelEntry Newest()
    {
        Assert.SkipUnless(new KernelStore(Store).List().Any(entry => !entry.AdHoc), $"there is no kernel in {Store}: run './dev programs', or name a store in {Variable}");
        return new KernelStore(Store).Find();
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Hearth.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException($"no Hearth.slnx above {AppContext.BaseDirectory}");
    }
}
