namespace Hearth.Bench;

/// <summary>The command line of a machine that <c>hearth run</c> started, so that a peer boots the same kernel and init on the same devices.</summary>
internal static class MachineCommandLine
{
    /// <summary>The program and the arguments of the QEMU that <c>hearth run</c> started.</summary>
    public static string[] Of(string runDirectory) =>
        Directory.EnumerateDirectories("/proc")
            .Where(directory => int.TryParse(Path.GetFileName(directory), out _))
            .Select(directory => ReadCommandLine(directory).Split('\0', StringSplitOptions.RemoveEmptyEntries))
            .First(words => words.Length > 0 && words[0].Contains("qemu-system", StringComparison.Ordinal)
                && words.Any(word => word.Contains(runDirectory, StringComparison.Ordinal)));

    /// <summary>Takes another root, initramfs and channel, and neither a control socket nor a console.</summary>
    public static IEnumerable<string> Rewrite(string[] arguments, string image, string initramfs, string socketPath)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            (string word, string next) = (arguments[i], i + 1 < arguments.Length ? arguments[i + 1] : "");
            if (word is "-mon" || (word is "-chardev" && next.StartsWith("socket,id=control", StringComparison.Ordinal)))
            {
                i++;
                continue;
            }

            yield return word switch
            {
                _ when word.StartsWith("socket,id=console", StringComparison.Ordinal) => "null,id=console",
                _ when word.StartsWith("socket,id=channel", StringComparison.Ordinal) => "socket,id=channel,path=" + socketPath,
                _ when word.StartsWith("driver=file,node-name=rootfs", StringComparison.Ordinal) => $"driver=file,node-name=rootfs-file,filename={image},read-only=on,locking=off",
                _ when i > 0 && arguments[i - 1] == "-initrd" => initramfs,
                _ => word,
            };
        }
    }

    // A process may end between the listing and the reading.
    private static string ReadCommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
