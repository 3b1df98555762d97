namespace Hearth.Bench;

/// <summary>A root with busybox, iperf3 with the libraries that it needs, and the tests' small servers.</summary>
internal static class TransferTree
{
    /// <summary>The small servers' program (server.c), as the guest has it.</summary>
    public const string Server = "/server";

    public static string Make(Workshop workshop)
    {
        string tree = Path.Combine(workshop.Scratch, "transfer");
        Directory.CreateDirectory(Path.Combine(tree, "tmp"));
        File.Copy("/usr/bin/iperf3", Path.Combine(tree, "iperf3"));
        File.Copy("/bin/busybox", Path.Combine(tree, "busybox"));
        Shell.Run("clang", "-O1", "-static", "-o", tree + Server, Path.Combine(AppContext.BaseDirectory, "server.c"));
        foreach (string line in Shell.Run("ldd", "/usr/bin/iperf3").Split('\n'))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(word => word.StartsWith('/')) is { } library)
            {
                string copy = tree + library;
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(library, copy, overwrite: true);
            }
        }

        return tree;
    }
}
