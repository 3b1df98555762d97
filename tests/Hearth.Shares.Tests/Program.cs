using Hearth.Fuse.Tests.Support;
using Hearth.Shares.Tests.Support;
using Xunit.Runner.InProc.SystemConsole;

// A process must not map a file that it serves itself, so a test runs this program again to map it.
return args is [ServerProcess.Word, "map-write", string path, string text]
    ? MappedFile.Write(path, text)
    : await ConsoleRunner.Run(args);
