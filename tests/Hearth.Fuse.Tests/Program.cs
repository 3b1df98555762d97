using Hearth.Fuse.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

// A test that kills the serving process, or counts what a process holds, runs this program again as that process.
return args is [ServerProcess.Word, ..]
    ? await ServerCommands.RunAsync(args[1..])
    : await ConsoleRunner.Run(args);
