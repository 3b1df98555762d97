namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Errno and SystemCallNumbers.</summary>
internal static class ErrnoEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        SameNames(),
        new("SystemCallNumbers")
        {
            ["Read"] = "SYS_read",
            ["Write"] = "SYS_write",
            ["Close"] = "SYS_close",
            ["SignalMask"] = "SYS_rt_sigprocmask",
            ["IoCtl"] = "SYS_ioctl",
            ["Execve"] = "SYS_execve",
            ["ChangeDirectory"] = "SYS_chdir",
            ["ChangeOwner"] = "SYS_fchown",
            ["SetCreationMask"] = "SYS_umask",
            ["SetSid"] = "SYS_setsid",
            ["ProcessControl"] = "SYS_prctl",
            ["ChangeRoot"] = "SYS_chroot",
            ["Mount"] = "SYS_mount",
            ["OpenAt"] = "SYS_openat",
            ["MakeDirectoryAt"] = "SYS_mkdirat",
            ["MakeNodeAt"] = "SYS_mknodat",
            ["Unshare"] = "SYS_unshare",
            ["Duplicate"] = "SYS_dup3",
            ["ResourceLimit"] = "SYS_prlimit64",
            ["SetNamespace"] = "SYS_setns",
            ["SetGroups"] = "SYS_setgroups",
            ["SetResUid"] = "SYS_setresuid",
            ["SetResGid"] = "SYS_setresgid",
            ["CapGet"] = "SYS_capget",
            ["CapSet"] = "SYS_capset",
            ["PivotRoot"] = "SYS_pivot_root",
            ["FinitModule"] = "SYS_finit_module",
            ["GetDents64"] = "SYS_getdents64",
            ["PidFdSendSignal"] = "SYS_pidfd_send_signal",
            ["PidFdOpen"] = "SYS_pidfd_open",
            ["OpenAt2"] = "SYS_openat2",
            ["AccessAt"] = "SYS_faccessat2",
        },
        new("SystemCallNumbers", when: "defined(__NR_getxattrat)")
        {
            ["GetXattrAt"] = "__NR_getxattrat",
            ["ListXattrAt"] = "__NR_listxattrat",
        },
    ];

    /// <summary>Each error is called in C# what it is called in C.</summary>
    private static AbiEntry SameNames()
    {
        var entry = new AbiEntry("Errno");
        foreach (string name in Enum.GetNames<Errno>().Where(name => name != nameof(Errno.None)))
        {
            entry[name] = name;
        }

        return entry;
    }
}
