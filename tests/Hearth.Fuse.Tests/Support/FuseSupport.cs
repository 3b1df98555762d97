namespace Hearth.Fuse.Tests.Support;

public static class FuseSupport
{
    /// <summary>Long enough for anything a healthy machine does, however busy; a test that waits this long has failed.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <summary>Skips the calling test where sessions cannot be had.</summary>
    public static void SkipUnlessUsable()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("mounting needs root");
        }

        if (!File.Exists("/dev/fuse"))
        {
            Assert.Skip("there is no /dev/fuse");
        }
    }

    /// <summary>Whether a directory is a mount point in this mount namespace.</summary>
    public static bool IsMounted(string path) => File.ReadLines("/proc/self/mountinfo").Any(line => line.Split(' ')[4] == path);
}
