using Hearth.Machines.Tests.Firecracker;
using Hearth.Machines.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

return args switch
{
    [MachineOwner.Mode, .. string[] words] => await MachineOwner.RunAsync(words),
    [RequestCost.Mode, string count] => await RequestCost.RunAsync(int.Parse(count)),
    [StandIn.Mode, string behaviour, .. string[] words] => await StandIn.RunAsync(behaviour, words),
    // Where the real Firecracker cannot run, its tests are left out: NestedMachineTests runs them or says once why not.
    _ when FirecrackerUnderTest.FindObstacle() is not null =>
        await ConsoleRunner.Run([.. args, "-trait-", $"{FirecrackerUnderTest.Trait}={FirecrackerUnderTest.Real}"]),
    _ => await ConsoleRunner.Run(args),
};
