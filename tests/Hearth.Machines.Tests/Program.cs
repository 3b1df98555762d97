using Hearth.Machines.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

return args is [MachineOwner.Mode, .. string[] words]
    ? await MachineOwner.RunAsync(words)
    : await ConsoleRunner.Run(args);
