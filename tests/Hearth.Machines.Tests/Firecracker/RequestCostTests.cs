using System.Globalization;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Firecracker;

public sealed class RequestCostTests(ITestOutputHelper output)
{
    private const int Machines = 8;

    [Fact]
    public void The_processor_time_from_a_configuration_to_its_start_is_measured()
    {
        double[] costs = [.. Tool.Run(Environment.ProcessPath!, RequestCost.Mode, $"{Machines}")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => double.Parse(line, CultureInfo.InvariantCulture))];

        double[] warm = [.. costs.Skip(1).Order()];
        output.WriteLine($"processor time of Hearth's own: first machine {costs[0]:0.0} ms, median of the next {warm[warm.Length / 2]:0.0} ms, most {warm[^1]:0.0} ms");
        Assert.Equal(Machines, costs.Length);
        Assert.All(costs, cost => Assert.True(cost > 0));
    }
}
