using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Hearth.Linux.Terminals;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Processes;

/// <summary>The steps, each named by what it does; the child takes them in the order of these calls.</summary>
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

    /// <summary>Leads a new session without a terminal.</summary>
    public void CreateSession() => Add("setsid", null, SystemCallNumbers.SetSid, OnError.Stop);

    /// <summary>Has one of this program's descriptors under a number, kept open on exec.</summary>
    /// <param name="descriptor">The caller keeps it open until the child was started.</param>
    /// <param name="number">Not its own.</param>
    public void Duplicate(SafeFileHandle descriptor, int number) => Duplicate(descriptor.DangerousGetHandle(), number);

    /// <summary>Writes text to a file in one call. Takes the descriptor 0 for it, so standard input comes later.</summary>
    public void WriteFile(string path, string text)
    {
        Open(path, OpenFlags.WriteOnly);
        Add("write", path, SystemCallNumbers.Write, OnError.Stop, 0, Keep(text), ByteText.Encode(text).Length);
    }

    /// <summary>Opens a terminal as the session's own and as descriptors 0, 1 and 2.</summary>
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

    /// <summary>Makes a directory, and goes on where it cannot.</summary>
    public void TryMakeDirectory(string path, int mode) =>
        Add("mkdir", path, SystemCallNumbers.MakeDirectoryAt, OnError.GoOn, WorkingDirectory, Keep(path), mode);

    /// <summary>Makes an empty file, and goes on where it cannot.</summary>
    public void TryMakeFile(string path, int mode) =>
        Add("mknod", path, SystemCallNumbers.MakeNodeAt, OnError.GoOn, WorkingDirectory, Keep(path), RegularFile | (long)mode, 0);

    public void SetCreationMask(int mask) => Add("umask", null, SystemCallNumbers.SetCreationMask, OnError.Stop, mask);

    /// <summary>Gives what a descriptor has open to a user; its group stays.</summary>
    public void ChangeOwner(int descriptor, uint uid) => Add("fchown", null, SystemCallNumbers.ChangeOwner, OnError.Stop, descriptor, uid, -1);

    /// <summary>Sets a limit; <see cref="ulong.MaxValue"/> means none.</summary>
    /// <exception cref="LinuxException">EINVAL for a name that is unknown.</exception>
    public void Limit(string resource, ulong soft, ulong hard) => Add(
        "prlimit", resource, SystemCallNumbers.ResourceLimit, OnError.Stop,
        0, ResourceLimits.NumberOf(resource), Keep(new ResourceLimitValues { Soft = soft, Hard = hard }), 0);

    /// <summary>Takes from the bounding set what is not in the mask, and keeps the permitted capabilities when the user stops being 0.</summary>
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

    /// <summary>Becomes a user and a group, real, effective and saved, with these supplementary groups.</summary>
    public void BecomeUser(uint uid, uint gid, params ReadOnlySpan<uint> groups)
    {
        Add("setgroups", null, SystemCallNumbers.SetGroups, OnError.Stop, groups.Length, Keep(groups));
        Add("setresgid", null, SystemCallNumbers.SetResGid, OnError.Stop, gid, gid, gid);
        Add("setresuid", null, SystemCallNumbers.SetResUid, OnError.Stop, uid, uid, uid);
    }

    /// <summary>Sets the effective and permitted capabilities, and leaves none inheritable.</summary>
    public void SetCapabilities(ulong capabilities) => Add(
        "capset", null, SystemCallNumbers.CapSet, OnError.Stop,
        Keep(new CapabilityHeader { Version = CapabilityHeader.Version3 }),
        Keep(
            new CapabilityWords { Effective = (uint)capabilities, Permitted = (uint)capabilities },
            new CapabilityWords { Effective = (uint)(capabilities >> 32), Permitted = (uint)(capabilities >> 32) }));

    /// <summary>From now on execve grants nothing that the child has not.</summary>
    public void ForbidNewPrivileges() =>
        Add("prctl PR_SET_NO_NEW_PRIVS", null, SystemCallNumbers.ProcessControl, OnError.Stop, NoNewPrivilegesOption, 1, 0, 0, 0);

    /// <summary>Waits until the gate is opened.</summary>
    public void PassThrough(ExecutionGate gate)
    {
        long oneByte = Keep((byte)'+');
        Add("write", null, SystemCallNumbers.Write, OnError.Stop, gate.Reaching.DangerousGetHandle(), oneByte, 1);
        Add("read", null, SystemCallNumbers.Read, OnError.Stop, gate.Opening.DangerousGetHandle(), oneByte, 1);
    }

    /// <summary>
    /// Has every signal wait until the program lets it through. The kernel drops what is sent to the first process of a namespace
    /// before that has a handler, but for what it blocks.
    /// </summary>
    public void BlockSignals() =>
        Add("rt_sigprocmask", null, SystemCallNumbers.SignalMask, OnError.Stop, SetMask, Keep(ulong.MaxValue), 0, sizeof(ulong));

    /// <summary>Becomes the first of several programs that is there, as execvp(3) looks for it (Linux 5.8). The last step.</summary>
    public void Execute(IReadOnlyList<string> files, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        long argv = Keep(arguments);
        long envp = Keep(environment);
        foreach (string file in files)
        {
            long path = Keep(file);
            if (files.Count > 1)
            {
                // An execve that fails costs ten times this.
                Add("access", file, SystemCallNumbers.AccessAt, OnError.Skip, WorkingDirectory, path, ExecuteAccess, ByEffectiveIds);
            }

            Add("execve", file, SystemCallNumbers.Execve, OnError.LookFurther, path, argv, envp);
        }
    }

    /// <summary>Opens a file as the lowest number that is free, which is 0 after its closing.</summary>
    private void Open(string path, OpenFlags flags)
    {
        Add("close", null, SystemCallNumbers.Close, OnError.GoOn, 0);
        Add("open", path, SystemCallNumbers.OpenAt, OnError.Stop, WorkingDirectory, Keep(path), (long)flags);
    }

    private void Duplicate(nint descriptor, int number) => Add("dup3", null, SystemCallNumbers.Duplicate, OnError.Stop, descriptor, number, 0);
}
