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
    GuestConsole.Write("this is the first process of a Hearth guest; on a host there is nothing to do for it");
    return 1;
}

Init.Run();
return 1;
