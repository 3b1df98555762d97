namespace Hearth.Bench;

/// <summary>A root with busybox, and iperf3 with the libraries that it needs.</summary>
internal static class TransferTree
{
    public static string Make(Workshop workshop)
    {
        string tree = Path.Combine(workshop.Scratch, "transfer");
        Directory.CreateDirectory(Path.Combine(tree, "tmp"));
        File.Copy("/usr/bin/iperf3", Path.Combine(tree, "iperf3"));
        File.Copy("/bin/busybox", Path.Combine(tree, "busybox"));
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
