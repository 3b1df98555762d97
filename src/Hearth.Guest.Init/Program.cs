using Hearth.Guest.Init;
using Hearth.Guest.Init.Archives;
using Hearth.Guest.Init.Boot;

const int FirstProcess = 1;

if (args is [ArchiveWorker.Argument, string firstPid, string hasGroup])
{
    return ArchiveWorker.Run(firstPid, hasGroup);
}

if (Environment.ProcessId != FirstProcess)
{
    GuestConsole.Write("cannot run here: this program is the first process of a Hearth guest");
    return 1;
}

Init.Run();
return 1;
