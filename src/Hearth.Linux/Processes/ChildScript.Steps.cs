using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Linux.Terminals;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <content>The steps, each named after its action; the child takes them in the order of these calls.</content>
public sealed unsafe partial class ChildScript
{
    private const long WorkingDirectory = -100;
    private const long RegularFile = 0x8000;
    private const long ExecuteAccess = 1;
    private const long ByEffectiveIds = 0x200;
    private const long SetMask = 2;
    private const long KeepCapabilitiesOption = 8;
    private const long DropFromBoundingSetOption = 24;
    private const long NoNewPrivilegesOption = 38;

    /// <summary>Creates a new session without a terminal.</summary>
    public void CreateSession() => Add("setsid", null, SystemCallNumbers.SetSid, OnError.Stop);

    /// <summary>Duplicates one of this program's descriptors to a number; the duplicate stays open on exec.</summary>
    /// <param name="descriptor">The caller must keep it open until the child is started.</param>
    /// <param name="number">Must differ from the descriptor's own number.</param>
    public void Duplicate(SafeFileHandle descriptor, int number) => Duplicate(descriptor.DangerousGetHandle(), number);

    /// <summary>Writes text to a file in one call. It uses descriptor 0, so set up standard input later.</summary>
    public void WriteFile(string path, string text)
    {
        Open(path, OpenFlags.WriteOnly);
        Add("write", path, SystemCallNumbers.Write, OnError.Stop, 0, Keep(text), ByteText.Encode(text).Length);
    }

    /// <summary>Opens a terminal as the session's controlling terminal and as descriptors 0, 1 and 2.</summary>
    public void TakeTerminal(string path)
    {
        Open(path, OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal);
        Add("ioctl TIOCSCTTY", path, SystemCallNumbers.IoCtl, OnError.Stop, 0, PseudoTerminals.SetControllingTerminal, 0);
        Duplicate(0, 1);
        Duplicate(0, 2);
    }

    public void Unshare(NamespaceKinds kinds) => Add("unshare", kinds.ToString(), SystemCallNumbers.Unshare, OnError.Stop, (long)kinds);

    /// <summary>Enters namespaces of a process; needs Linux 5.8.</summary>
    public void Enter(ProcessHandle process, NamespaceKinds kinds) => Add(
        "setns", $"{kinds} of process {process.ProcessId}", SystemCallNumbers.SetNamespace, OnError.Stop, process.Descriptor.DangerousGetHandle(), (long)kinds);

    public void Mount(string source, string target, string? type, MountFlags flags) =>
        Add("mount", target, SystemCallNumbers.Mount, OnError.Stop, Keep(source), Keep(target), Keep(type), (long)flags, 0);

    public void ChangeRoot(string path) => Add("chroot", path, SystemCallNumbers.ChangeRoot, OnError.Stop, Keep(path));

    public void ChangeDirectory(string path) => Add("chdir", path, SystemCallNumbers.ChangeDirectory, OnError.Stop, Keep(path));

    /// <summary>Creates a directory; continues if that fails.</summary>
    public void TryMakeDirectory(string path, int mode) =>
        Add("mkdir", path, SystemCallNumbers.MakeDirectoryAt, OnError.GoOn, WorkingDirectory, Keep(path), mode);

    /// <summary>Creates an empty file; continues if that fails.</summary>
    public void TryMakeFile(string path, int mode) =>
        Add("mknod", path, SystemCallNumbers.MakeNodeAt, OnError.GoOn, WorkingDirectory, Keep(path), RegularFile | (long)mode, 0);

    public void SetCreationMask(int mask) => Add("umask", null, SystemCallNumbers.SetCreationMask, OnError.Stop, mask);

    /// <summary>Changes the owner of a descriptor's file; its group stays.</summary>
    public void ChangeOwner(int descriptor, uint uid) => Add("fchown", null, SystemCallNumbers.ChangeOwner, OnError.Stop, descriptor, uid, -1);

    /// <summary>Sets a limit; <see cref="ulong.MaxValue"/> means none.</summary>
    /// <exception cref="LinuxException">EINVAL for an unknown name.</exception>
    public void Limit(string resource, ulong soft, ulong hard) => Add(
        "prlimit", resource, SystemCallNumbers.ResourceLimit, OnError.Stop,
        0, ResourceLimits.NumberOf(resource), Keep(new ResourceLimitValues { Soft = soft, Hard = hard }), 0);

    /// <summary>
    /// Removes the capabilities outside the mask from the bounding set, and keeps the permitted ones when the user changes
    /// from 0.
    /// </summary>
    public void LimitCapabilities(ulong bounding)
    {
        int known = CapabilitySet.CountKnownToKernel();
        for (int number = 0; number < known; number++)
        {
            if ((bounding >> number & 1) == 0)
            {
                Add("prctl PR_CAPBSET_DROP", null, SystemCallNumbers.ProcessControl, OnError.Stop, DropFromBoundingSetOption, number, 0, 0, 0);
            }
        }

        Add("prctl PR_SET_KEEPCAPS", null, SystemCallNumbers.ProcessControl, OnError.Stop, KeepCapabilitiesOption, 1, 0, 0, 0);
    }

    /// <summary>Changes to a user and a group (real, effective and saved ids) with these supplementary groups.</summary>
    public void BecomeUser(uint uid, uint gid, params ReadOnlySpan<uint> groups)
    {
        Add("setgroups", null, SystemCallNumbers.SetGroups, OnError.Stop, groups.Length, Keep(groups));
        Add("setresgid", null, SystemCallNumbers.SetResGid, OnError.Stop, gid, gid, gid);
        Add("setresuid", null, SystemCallNumbers.SetResUid, OnError.Stop, uid, uid, uid);
    }

    /// <summary>Sets the effective and permitted capabilities and clears the inheritable ones.</summary>
    public void SetCapabilities(ulong capabilities) => Add(
        "capset", null, SystemCallNumbers.CapSet, OnError.Stop,
        Keep(new CapabilityHeader { Version = CapabilityHeader.Version3 }),
        Keep(
            new CapabilityWords { Effective = (uint)capabilities, Permitted = (uint)capabilities },
            new CapabilityWords { Effective = (uint)(capabilities >> 32), Permitted = (uint)(capabilities >> 32) }));

    /// <summary>From now on, execve grants no privileges that the child does not have.</summary>
    public void ForbidNewPrivileges() =>
        Add("prctl PR_SET_NO_NEW_PRIVS", null, SystemCallNumbers.ProcessControl, OnError.Stop, NoNewPrivilegesOption, 1, 0, 0, 0);

    /// <summary>Waits at the gate until it is opened.</summary>
    public void PassThrough(ExecutionGate gate)
    {
        long oneByte = Keep((byte)'+');
        Add("write", null, SystemCallNumbers.Write, OnError.Stop, gate.Reaching.DangerousGetHandle(), oneByte, 1);
        Add("read", null, SystemCallNumbers.Read, OnError.Stop, gate.Opening.DangerousGetHandle(), oneByte, 1);
    }

    /// <summary>
    /// Blocks all signals until the program unblocks them. Without this, the kernel drops signals sent to the first process
    /// of a namespace before it has a handler.
    /// </summary>
    public void BlockSignals() =>
        Add("rt_sigprocmask", null, SystemCallNumbers.SignalMask, OnError.Stop, SetMask, Keep(ulong.MaxValue), 0, sizeof(ulong));

    /// <summary>
    /// Executes the first of several programs that exists, searching as execvp(3) does (Linux 5.8). The last step.
    /// </summary>
    public void Execute(IReadOnlyList<string> files, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        long argv = Keep(arguments);
        long envp = Keep(environment);
        foreach (string file in files)
        {
            long path = Keep(file);
            if (files.Count > 1)
            {
                // A failing execve costs ten times as much as this call.
                Add("access", file, SystemCallNumbers.AccessAt, OnError.Skip, WorkingDirectory, path, ExecuteAccess, ByEffectiveIds);
            }

            Add("execve", file, SystemCallNumbers.Execve, OnError.LookFurther, path, argv, envp);
        }
    }

    /// <summary>Opens a file as the lowest free number, which is 0 after closing descriptor 0.</summary>
    private void Open(string path, OpenFlags flags)
    {
        Add("close", null, SystemCallNumbers.Close, OnError.GoOn, 0);
        Add("open", path, SystemCallNumbers.OpenAt, OnError.Stop, WorkingDirectory, Keep(path), (long)flags);
    }

    private void Duplicate(nint descriptor, int number) => Add("dup3", null, SystemCallNumbers.Duplicate, OnError.Stop, descriptor, number, 0);
}
