namespace Hearth.Linux.Descriptors;

/// <summary>
/// Reports by inotify(7) when a name appears in a directory or a file changes. One thread waits. Any other thread may stop
/// the wait by removing the watch, which the kernel reports to the waiting thread.
/// </summary>
public sealed class PathWatch : IDisposable
{
    private readonly Inotify events = new();
    private readonly int watch;
    private bool ended;

    private PathWatch(string path, uint mask)
    {
        try
        {
            watch = events.Add(path, mask);
        }
        catch
        {
            events.Dispose();
            throw;
        }
    }

    /// <summary>Watches a directory for new names.</summary>
    public static PathWatch ForNames(string directory) => new(directory, Inotify.Created | Inotify.MovedTo | Inotify.OnlyDirectories);

    /// <summary>
    /// Watches a file for changes of its content, including those that the kernel makes in files such as a control group's
    /// events.
    /// </summary>
    public static PathWatch ForChanges(string file) => new(file, Inotify.Modified);

    /// <summary>Watches a file for being closed by any process.</summary>
    public static PathWatch ForClosing(string file) => new(file, Inotify.Closed);

    /// <summary>Waits until a condition holds. Checks it first, then after each event.</summary>
    /// <returns>False if the watch was stopped or its target was removed, and the condition does not hold.</returns>
    public bool WaitUntil(Func<bool> condition)
    {
        while (!condition())
        {
            if (ended)
            {
                return false;
            }

            events.Wait((report, _) => ended |= (report.Mask & Inotify.Ignored) != 0 && report.Watch == watch);
        }

        return true;
    }

    /// <summary>Ends the current wait and all later ones. Has no effect if the watch is already stopped.</summary>
    public void Stop() => events.Remove(watch);

    public void Dispose() => events.Dispose();
}
