using Hearth.Linux.Processes;

namespace Hearth.Machines.Tests.Support;

/// <summary>The variables that the test program was started with, which name the programs under test.</summary>
internal static class TestEnvironment
{
    internal static HostEnvironment Own { get; } = OwnArguments.ReadEnvironment(Environment.GetEnvironmentVariables());
}
