namespace Hearth.Guest.Init.Polling;

/// <summary>
/// A thread that runs as long as the machine does. If it fails, the guest cannot continue: the reason is reported, and the machine
/// ends.
/// </summary>
internal static class LifelongThread
{
    internal static void Start(string name, Action run) =>
        new Thread(() => RunToTheEnd(name, run)) { IsBackground = true, Name = name }.Start();

    private static void RunToTheEnd(string name, Action run)
    {
        try
        {
            run();
        }
        catch (Exception failure)
        {
            Init.EndMachine($"{name}: {failure.GetType().Name}: {failure.Message}");
        }
    }
}
