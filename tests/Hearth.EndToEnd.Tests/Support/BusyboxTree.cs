namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A root of a few hundred kilobytes, for tests that start many guests.</summary>
internal static class BusyboxTree
{
    private static readonly string[] applets = ["sh", "cat", "echo", "false", "ls", "mkdir", "readlink", "rm", "sleep", "stat", "touch", "true", "yes"];

    /// <summary>Makes one in a sandbox.</summary>
    public static string Make(Sandbox sandbox)
    {
        string tree = sandbox.MakeTree("busybox", ("bin/.keep", ""), ("etc/.keep", ""), ("tmp/.keep", ""));
        File.Copy("/bin/busybox", Path.Combine(tree, "bin/busybox"));
        foreach (string applet in applets)
        {
            File.CreateSymbolicLink(Path.Combine(tree, "bin", applet), "busybox");
        }

        return tree;
    }
}
