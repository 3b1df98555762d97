using System.Globalization;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Init.World;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Launching;

/// <summary>
/// The second copy of init: it waits for its job, becomes what the job says, and calls execve. All on the main thread, since
/// sessions, namespaces and credentials are a thread's own until execve makes it the only one.
/// </summary>
internal static class Launcher
{
    /// <summary>The argument that makes the program a launcher.</summary>
    internal const string Argument = "launch";

    /// <summary>Returns only by failing; init has been told why then.</summary>
    internal static int Run()
    {
        using SafeFileHandle socket = new(JobSocket.Number, ownsHandle: true);
        DescriptorIO.SetCloseOnExec(socket);
        try
        {
            if (JobSocket.Read(socket) is { } job)
            {
                Launch(LaunchJob.Decode(job));
            }
        }
        catch (LaunchException failure)
        {
            DescriptorIO.WriteAll(socket, LaunchReport.Encode(failure));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or GuestInitException)
        {
            DescriptorIO.WriteAll(socket, LaunchReport.Encode(new LaunchException(StartFailure.System, failure.Message)));
        }

        return 1;
    }

    /// <summary>
    /// 1. Standard descriptors, by init's /proc. 2. The session. 3. The container's group and world. 4. The terminal.
    /// 5. The user. 6. Limits. 7. The working directory. 8. Credentials. 9. The command and its environment.
    /// </summary>
    private static void Launch(LaunchJob job)
    {
        TakeStandardDescriptors(job);
        Sessions.Create();
        ControlGroup.WriteFile("/proc/self/oom_score_adj", job.OutOfMemoryScore.ToString(CultureInfo.InvariantCulture));
        if (job.HasGroup)
        {
            GroupEntry.Enter(job.JoinPid);
        }

        EnterWorld(job);
        TakeTerminal(job);

        Identity identity = UserLookup.Load().Resolve(job.User);
        foreach (ResourceLimit limit in job.ResourceLimits)
        {
            ResourceLimits.Set(limit.Type, limit.Soft, limit.Hard);
        }

        DeviceNodes.SetCreationMask(job.CreationMask);
        EnterWorkingDirectory(job.WorkingDirectory);
        BecomeUser(job, identity);

        List<string> environment = ProcessEnvironment.Compose(
            job.Environment, job.Hostname, identity.Home, job.Terminal != LaunchJob.None);
        string file = CommandLookup.Find(job.Arguments[0], ProcessEnvironment.Find(environment, "PATH")!);
        Signals.ResetForExecution();
        throw CommandLookup.Explain(file, ProcessSpawning.Execute(file, job.Arguments, environment));
    }

    /// <summary>Opens init's pipes anew through its /proc; the descriptors that result are this process's own.</summary>
    private static void TakeStandardDescriptors(LaunchJob job)
    {
        for (int number = 0; number < job.StandardDescriptors.Count; number++)
        {
            int descriptor = job.StandardDescriptors[number];
            string path = descriptor == LaunchJob.None ? "/dev/null" : $"/proc/1/fd/{descriptor}";
            using SafeFileHandle file = File.OpenHandle(
                path, FileMode.Open, number == 0 ? FileAccess.Read : FileAccess.Write, FileShare.ReadWrite);
            DescriptorIO.DuplicateTo(file, number);
        }
    }

    private static void EnterWorld(LaunchJob job)
    {
        if (job.JoinPid == 0)
        {
            FoundWorld(job.HasGroup);
            return;
        }

        // A thread of several may enter a mount namespace only with a root and working directory of its own.
        using SafeFileHandle mounts = File.OpenHandle($"/proc/{job.JoinPid}/ns/mnt");
        Namespaces.Unshare(NamespaceKinds.FileSystemContext);
        Namespaces.Enter(mounts, NamespaceKinds.Mount);
    }

    /// <summary>
    /// A copy of init's mounts, with the container's root moved to the top: the initramfs below cannot be unmounted, only
    /// covered. Then what shows each namespace to those in it: /proc, and the control groups, of which only the container's own
    /// are to be seen.
    /// </summary>
    private static void FoundWorld(bool hasGroup)
    {
        Namespaces.Unshare(NamespaceKinds.Mount);
        FileSystems.ChangeDirectory(RootMounts.Container);
        FileSystems.Mount(".", "/", null, MountFlags.Move);
        FileSystems.ChangeRoot(".");
        FileSystems.ChangeDirectory("/");
        MountNaming.Mount("proc", "/proc", "proc", MountFlags.NoSetUserId | MountFlags.NoDevices | MountFlags.NoExecution, null, "/proc");
        if (hasGroup && Directory.Exists(ContainerGroup.Hierarchy))
        {
            MountNaming.Mount(
                "cgroup2", ContainerGroup.Hierarchy, "cgroup2", MountFlags.NoSetUserId | MountFlags.NoDevices | MountFlags.NoExecution, null, ContainerGroup.Hierarchy);
        }
    }

    private static void TakeTerminal(LaunchJob job)
    {
        if (job.Terminal == LaunchJob.None)
        {
            return;
        }

        string path = $"/dev/pts/{job.Terminal}";
        using SafeFileHandle terminal = PseudoTerminals.Open(path);
        PseudoTerminals.TakeControl(terminal);
        for (int number = 0; number <= 2; number++)
        {
            DescriptorIO.DuplicateTo(terminal, number);
        }

        if (job.JoinPid == 0)
        {
            using (File.OpenHandle("/dev/console", FileMode.OpenOrCreate, FileAccess.Write))
            {
            }

            MountNaming.Mount(path, "/dev/console", null, MountFlags.Bind, null, "/dev/console");
        }
    }

    /// <summary>As docker does, a working directory that is not there is made.</summary>
    private static void EnterWorkingDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            FileSystems.ChangeDirectory(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string cause = failure is LinuxException ? failure.Message : $"cannot make {path} in the image";
            throw new LaunchException(StartFailure.WorkingDirectory, $"working directory {path}: {cause}");
        }
    }

    private static void BecomeUser(LaunchJob job, Identity identity)
    {
        if (identity.UserId != 0)
        {
            // So that the process may open /dev/stdout and its like: they lead to pipes that init made as root.
            for (int number = 0; number <= 2; number++)
            {
                using SafeFileHandle file = new(number, ownsHandle: false);
                DescriptorIO.ChangeOwner(file, identity.UserId);
            }
        }

        if (job.Capabilities is { } bounding)
        {
            Credentials.LimitBoundingSet(bounding);
            Credentials.KeepCapabilities();
        }

        Credentials.SetGroups([.. identity.Groups.Union(job.AdditionalGroups)]);
        Credentials.SetGroup(identity.GroupId);
        Credentials.SetUser(identity.UserId);
        if (job.Capabilities is { } capabilities)
        {
            Credentials.SetCapabilities(capabilities);
        }

        if (job.NoNewPrivileges)
        {
            Credentials.ForbidNewPrivileges();
        }
    }
}
