using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Processes.</summary>
internal static class ProcessEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Processes.ProcessEnds")
        {
            ["StopToken"] = NotTheKernels,
            ["ThreadStackBytes"] = NotTheKernels,
            ["ReportsAtOnce"] = NotTheKernels,
        },
        new("Processes.CapabilityHeader", "struct __user_cap_header_struct")
        {
            ["Version3"] = "_LINUX_CAPABILITY_VERSION_3",
            ["Version"] = "version",
            ["Pid"] = "pid",
        },
        new("Processes.CapabilitySet") { ["Names"] = NamesByNumber, ["Count"] = "CAP_LAST_CAP + 1" },
        new("Processes.CapabilityWords", "struct __user_cap_data_struct")
        {
            ["Effective"] = "effective",
            ["Permitted"] = "permitted",
            ["Inheritable"] = "inheritable",
        },
        new("Processes.ChildInformation", "siginfo_t")
        {
            ["SignalNumber"] = "si_signo",
            ["Code"] = "si_code",
            ["Pid"] = "si_pid",
            ["Status"] = "si_status",
        },
        new("Processes.SignalNames") { ["FirstRealTime"] = NotTheKernels, ["LastSignal"] = NotTheKernels, ["names"] = NotTheKernels },
        new("Processes.OwnArguments") { ["End"] = NotTheKernels },
        new("Text.ByteText") { ["EscapeBase"] = NotTheKernels },
        new("Processes.ChildScript")
        {
            ["StackBytes"] = NotTheKernels,
            ["NotReturned"] = NotTheKernels,
            ["WorkingDirectory"] = "AT_FDCWD",
            ["RegularFile"] = "S_IFREG",
            ["ExecuteAccess"] = "X_OK",
            ["ByEffectiveIds"] = "AT_EACCESS",
            ["SetMask"] = "SIG_SETMASK",
            ["KeepCapabilitiesOption"] = "PR_SET_KEEPCAPS",
            ["DropFromBoundingSetOption"] = "PR_CAPBSET_DROP",
            ["NoNewPrivilegesOption"] = "PR_SET_NO_NEW_PRIVS",
        },
        new("Processes.ChildScript+OnError") { ["Stop"] = "HEARTH_STOP", ["GoOn"] = "HEARTH_GO_ON", ["LookFurther"] = "HEARTH_LOOK_FURTHER", ["Skip"] = "HEARTH_SKIP" },
        new("Processes.ChildScript+Script", "struct hearth_script")
        {
            ["Steps"] = "steps",
            ["Count"] = "count",
            ["Position"] = "position",
        },
        new("Processes.ChildScript+Step", "struct hearth_step")
        {
            ["Number"] = "number",
            ["Arguments"] = "arguments",
            ["OnError"] = "on_error",
            ["Result"] = "result",
        },
        new("Processes.NamespaceKinds")
        {
            ["FileSystemContext"] = "CLONE_FS",
            ["Mount"] = "CLONE_NEWNS",
            ["Cgroup"] = "CLONE_NEWCGROUP",
            ["HostName"] = "CLONE_NEWUTS",
            ["Ipc"] = "CLONE_NEWIPC",
            ["User"] = "CLONE_NEWUSER",
            ["Process"] = "CLONE_NEWPID",
            ["Network"] = "CLONE_NEWNET",
        },
        new("Processes.ProcessSpawning")
        {
            ["FileActionsBytes"] = AtLeast + "sizeof(posix_spawn_file_actions_t)",
            ["AttributesBytes"] = AtLeast + "sizeof(posix_spawnattr_t)",
            ["NewSession"] = "POSIX_SPAWN_SETSID",
        },
        new("Processes.ProcessWaiting")
        {
            ["AnyChild"] = "P_ALL",
            ["OneProcess"] = "P_PID",
            ["Stopped"] = "WSTOPPED",
            ["Exited"] = "WEXITED",
            ["LeaveWaitable"] = "WNOWAIT",
            ["CodeExited"] = "CLD_EXITED",
        },
        new("Processes.ResourceLimitValues", "struct rlimit64")
        {
            ["Soft"] = "rlim_cur",
            ["Hard"] = "rlim_max",
        },
        new("Processes.ResourceLimits") { ["Names"] = NamesByNumber },
        new("Processes.PendingSignals") { ["KillBit"] = "1UL << (SIGKILL - 1)" },
        new("Processes.SignalNumber")
        {
            ["HangUp"] = "SIGHUP",
            ["Interrupt"] = "SIGINT",
            ["Quit"] = "SIGQUIT",
            ["Kill"] = "SIGKILL",
            ["Pipe"] = "SIGPIPE",
            ["Terminate"] = "SIGTERM",
            ["Child"] = "SIGCHLD",
            ["Continue"] = "SIGCONT",
            ["Stop"] = "SIGSTOP",
            ["WindowChange"] = "SIGWINCH",
        },
        new("Processes.ThreadIdentity") { ["Nobody"] = "(uid_t)-1", ["KeepSetIds"] = "CAP_FSETID" },
        new("Processes.Tracing") { ["SetDumpable"] = "PR_SET_DUMPABLE" },
    ];
}
