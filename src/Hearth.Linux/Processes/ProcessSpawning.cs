using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>
/// posix_spawn(3) to run a program. Fork is never used: it copies only one of many threads, which leaves a broken process.
/// </summary>
public static unsafe partial class ProcessSpawning
{
    /// <summary>Room for glibc's posix_spawn_file_actions_t, 80 bytes on x86-64; the ABI test checks it.</summary>
    internal const int FileActionsBytes = 256;

    /// <summary>Room for glibc's posix_spawnattr_t, 336 bytes on x86-64; the ABI test checks it.</summary>
    internal const int AttributesBytes = 512;

    /// <summary>POSIX_SPAWN_SETSID.</summary>
    internal const short NewSession = 0x80;

    /// <summary>
    /// Starts a program as a child. All descriptors of this program are closed on exec, so the child gets only standard
    /// input, output and error, and the descriptors passed here.
    /// </summary>
    /// <param name="path">The program's file.</param>
    /// <param name="arguments">argv, starting with the program's name.</param>
    /// <param name="environment">NAME=VALUE each.</param>
    /// <param name="passed">Descriptors for the child and their numbers there. The caller keeps its own.</param>
    /// <returns>The child's pid; the caller must wait for it.</returns>
    public static int Spawn(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        params ReadOnlySpan<(SafeFileHandle Descriptor, int Number)> passed) =>
        Spawn(path, arguments, environment, null, passed);

    /// <summary>
    /// Starts a program in a new session: signals from this program's terminal (Ctrl-C, hang-up) do not reach the child.
    /// </summary>
    public static int SpawnInNewSession(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        params ReadOnlySpan<(SafeFileHandle Descriptor, int Number)> passed)
    {
        byte* attributes = stackalloc byte[AttributesBytes];
        Check(posix_spawnattr_init(attributes), path);
        try
        {
            Check(posix_spawnattr_setflags(attributes, NewSession), path);
            return Spawn(path, arguments, environment, attributes, passed);
        }
        finally
        {
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    private static int Spawn(
        string path,
        IReadOnlyList<string> arguments,
        IReadOnlyList<string> environment,
        byte* attributes,
        ReadOnlySpan<(SafeFileHandle Descriptor, int Number)> passed)
    {
        byte* actions = stackalloc byte[FileActionsBytes];
        Check(posix_spawn_file_actions_init(actions), path);
        try
        {
            foreach ((SafeFileHandle descriptor, int number) in passed)
            {
                Check(posix_spawn_file_actions_adddup2(actions, descriptor, number), path);
            }

            using NativeStringArray argv = new(arguments);
            using NativeStringArray envp = new(environment);
            Check(posix_spawn(out int pid, path, actions, attributes, argv.Pointer, envp.Pointer), path);
            return pid;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
        }
    }

    private static void Check(int result, string path)
    {
        if (result != 0)
        {
            throw new LinuxException("posix_spawn", (Errno)result, path);
        }
    }

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(byte* actions, SafeFileHandle fd, int number);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(byte* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(byte* attributes);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int posix_spawn(out int pid, string path, byte* actions, byte* attributes, byte** argv, byte** envp);
}
