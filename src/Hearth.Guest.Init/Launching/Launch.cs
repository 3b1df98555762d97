using System.Globalization;
using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Init.Resources;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Mounts;
using Hearth.Linux.Processes;

namespace Hearth.Guest.Init.Launching;

/// <summary>
/// The start of a process of the container. It composes the steps by which a child of init becomes the process, and explains a
/// step that failed. Init does what needs decisions (accounts, names, messages); the child only changes its own attributes.
/// </summary>
internal sealed class Launch : IDisposable
{
    private const MountFlags KernelView = MountFlags.NoSetUserId | MountFlags.NoDevices | MountFlags.NoExecution;

    private const int ConsoleMode = 0x180; // 0600; a terminal is mounted over it

    private readonly LaunchJob job;
    private readonly ContainerTree tree;
    private readonly Identity identity;
    private readonly uint[] groups;
    private readonly string path;
    private readonly Dictionary<int, Func<LinuxException, LaunchException>> explanations = [];

    /// <summary>
    /// 1. The session, and the out-of-memory score. 2. The container's control group, root and namespaces. 3. Standard descriptors
    /// or the terminal. 4. Limits. 5. The working directory. 6. Credentials. 7. The command and its environment.
    /// </summary>
    /// <param name="job">The process to start.</param>
    /// <param name="tree">
    /// The container's files as the process will see them. For a held process this object owns it, otherwise the caller.
    /// </param>
    /// <exception cref="LaunchException">The image has no such user, or there is no command.</exception>
    internal Launch(LaunchJob job, ContainerTree tree)
    {
        this.job = job;
        this.tree = tree;
        UserLookup accounts = UserLookup.Load(tree);
        identity = accounts.Resolve(job.User);
        groups = FindGroups(accounts);
        List<string> environment = ProcessEnvironment.Compose(job.Environment, job.Hostname, identity.Home, job.TerminalPath is not null);
        path = ProcessEnvironment.Find(environment, "PATH")!;
        IReadOnlyList<string> candidates = CommandLookup.FindCandidates(job.Arguments[0], path);

        Script.CreateSession();
        if (job.OutOfMemoryScore != 0)
        {
            Script.WriteFile("/proc/self/oom_score_adj", job.OutOfMemoryScore.ToString(CultureInfo.InvariantCulture));
        }

        if (job is { Group: not null, JoinsGroupLate: true })
        {
            Script.WriteFile(GroupEntry.FindMembers(job.Joined?.ProcessId ?? 0), GroupEntry.TheWriter);
        }

        EnterContainer();
        TakeStandardDescriptors();
        foreach (ResourceLimit limit in job.ResourceLimits)
        {
            Script.Limit(limit.Type, limit.Soft, limit.Hard);
        }

        Script.SetCreationMask(job.CreationMask);
        EnterWorkingDirectory();
        BecomeUser();
        Execute(candidates, environment);
    }

    internal ChildScript Script { get; } = new();

    /// <summary>The gate at which a held process waits; null for other processes.</summary>
    internal ExecutionGate? Gate { get; private set; }

    /// <summary>Waits until the process has executed its command or has failed.</summary>
    /// <returns>The failure; null if the command runs.</returns>
    internal LaunchException? WaitForFailure()
    {
        ChildOutcome outcome = Script.WaitForOutcome();
        if (outcome.HasExecuted)
        {
            return null;
        }

        if (outcome.Failure is not { } failure)
        {
            // The kernel killed it together with the first process, whose namespace it was to join.
            return LaunchException.ContainerEnded();
        }

        if (outcome.Executions.Count > 0)
        {
            return CommandLookup.Explain(job, path, outcome.Executions, tree);
        }

        return explanations.TryGetValue(outcome.Step, out Func<LinuxException, LaunchException>? explain)
            ? explain(failure)
            : new LaunchException(StartFailure.System, failure.Message);
    }

    public void Dispose()
    {
        Script.Dispose();
        if (Gate is not null)
        {
            Gate.Dispose();
            tree.Dispose();
        }
    }

    private void Execute(IReadOnlyList<string> candidates, IReadOnlyList<string> environment)
    {
        if (job.IsHeld || job.HasReaper)
        {
            CommandLookup.Require(job, path, candidates, tree);
        }

        if (job.IsHeld)
        {
            Gate = new ExecutionGate();
            Script.PassThrough(Gate);
        }

        if (job.HasReaper)
        {
            Script.BlockSignals();
            Script.Execute([Reaper.Path], Reaper.Wrap(job.Arguments), environment);
        }
        else
        {
            Script.Execute(candidates, job.Arguments, environment);
        }
    }

    private void EnterContainer()
    {
        NamespaceKinds group = job.Group is null ? NamespaceKinds.None : NamespaceKinds.Cgroup;
        if (job.Joined is { } first)
        {
            explanations.Add(Script.NextStep, failure => failure.Errno == Errno.ESRCH
                ? LaunchException.ContainerEnded()
                : new LaunchException(StartFailure.System, failure.Message));
            Script.Enter(first, NamespaceKinds.Mount | group);
            return;
        }

        Script.Unshare(NamespaceKinds.Mount | group);
        SetUpContainer();
    }

    /// <summary>
    /// Moves the container's root over the root of the copied mount namespace, since the initramfs below cannot be unmounted, only
    /// covered. Then mounts what depends on the process's namespaces: /proc, and the control groups, of which the container sees
    /// only its own.
    /// </summary>
    private void SetUpContainer()
    {
        Script.ChangeDirectory(RootMounts.Container);
        Script.Mount(".", "/", null, MountFlags.Move);
        Script.ChangeRoot(".");
        Script.ChangeDirectory("/");
        Mount("proc", "/proc", "proc", KernelView);
        if (job.Group is not null && tree.HasDirectory(ContainerGroup.Hierarchy))
        {
            Mount("cgroup2", ContainerGroup.Hierarchy, "cgroup2", KernelView);
        }
    }

    private void TakeStandardDescriptors()
    {
        if (job.TerminalPath is not { } terminal)
        {
            for (int number = 0; number < job.StandardDescriptors.Count; number++)
            {
                Script.Duplicate(job.StandardDescriptors[number], number);
            }

            return;
        }

        Script.TakeTerminal(terminal);
        if (job.Joined is null)
        {
            Script.TryMakeFile("/dev/console", ConsoleMode);
            Mount(terminal, "/dev/console", null, MountFlags.Bind);
        }
    }

    private void Mount(string source, string target, string? fileSystem, MountFlags flags)
    {
        explanations.Add(Script.NextStep, failure => new LaunchException(
            StartFailure.System, MountNaming.Describe(source, target, fileSystem, failure)));
        Script.Mount(source, target, fileSystem, flags);
    }

    private void EnterWorkingDirectory()
    {
        if (job.WorkingDirectory == "/")
        {
            return; // The process is there since it entered its root or namespace.
        }

        explanations.Add(Script.NextStep, failure => failure.Errno == Errno.ENOENT
            ? new LaunchException(StartFailure.WorkingDirectoryMissing, $"working directory {job.WorkingDirectory}: not found in the container")
            : new LaunchException(StartFailure.WorkingDirectory, $"working directory {job.WorkingDirectory}: {failure.Message}"));
        Script.ChangeDirectory(job.WorkingDirectory);
    }

    /// <summary>The supplementary groups: the user's, and those of the job.</summary>
    private uint[] FindGroups(UserLookup accounts)
    {
        List<uint> found = [];
        found.AddRange(identity.Groups);
        foreach (string name in job.AdditionalGroups)
        {
            if (accounts.FindGroup(name) is var group && !found.Contains(group))
            {
                found.Add(group);
            }
        }

        return [.. found];
    }

    private void BecomeUser()
    {
        if (identity.UserId != 0)
        {
            // So that the process may open /dev/stdout and the like: they lead to pipes that init created as root.
            for (int number = 0; number <= 2; number++)
            {
                Script.ChangeOwner(number, identity.UserId);
            }
        }

        if (job.Capabilities is { } bounding)
        {
            Script.LimitCapabilities(bounding);
        }

        Script.BecomeUser(identity.UserId, identity.GroupId, groups);
        if (job.Capabilities is { } capabilities)
        {
            Script.SetCapabilities(capabilities);
        }

        if (job.NoNewPrivileges)
        {
            Script.ForbidNewPrivileges();
        }
    }
}
