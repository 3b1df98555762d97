using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>A script that engines are given as their runtime: they hand no environment on, and this brings the sandbox's.</summary>
internal static class EngineWrapper
{
    public static string Write(Sandbox sandbox)
    {
        string path = sandbox.PathOf("runtime");
        File.WriteAllText(path, $"#!/bin/sh\nHEARTH_STATE_DIR={sandbox.StateDirectory} exec {Programs.HearthOci} --root {sandbox.RunDirectory} \"$@\"\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>A root directory of busybox alone.</summary>
    public static string MakeRoot(Sandbox sandbox)
    {
        string root = sandbox.PathOf("rootfs");
        foreach (string name in (string[])["bin", "proc", "sys", "dev", "tmp", "etc", "run"])
        {
            Directory.CreateDirectory(Path.Combine(root, name));
        }

        File.Copy("/bin/busybox", Path.Combine(root, "bin/busybox"));
        File.SetUnixFileMode(Path.Combine(root, "bin/busybox"), (UnixFileMode)0x1ED);
        foreach (string name in (string[])["sh", "echo", "cat", "id", "sleep", "uname", "tty", "stty"])
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", name), "busybox");
        }

        return root;
    }

    /// <summary>
    /// Removes the control groups that an engine made beneath the sandbox's own name: engines leave their parents. conmon lives in
    /// one, and ends a moment after the podman that started it.
    /// </summary>
    public static void RemoveGroups(Sandbox sandbox) => Sandbox.WaitUntil(
        () => sandbox.ControlGroups().All(TryRemove), $"control groups that no process is in: {string.Join(", ", sandbox.ControlGroups())}");

    private static bool TryRemove(string group)
    {
        try
        {
            foreach (string directory in Directory.GetDirectories(group, "*", SearchOption.AllDirectories).OrderDescending(StringComparer.Ordinal).Append(group))
            {
                Directory.Delete(directory);
            }

            return true;
        }
        catch (IOException)
        {
            return !Directory.Exists(group);
        }
    }
}
