using System.Diagnostics.CodeAnalysis;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Resources;

/// <summary>
/// The control group of all processes of the container. Init stays outside, in the root of the hierarchy: no limit of the
/// container is its own, and its share of the processors counts like that of the whole container. Processes begin in it, or
/// move themselves in before they become what was asked for (<see cref="Launching.GroupEntry"/>).
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the machine.")]
internal sealed class ContainerGroup
{
    /// <summary>The unified hierarchy in init's own root.</summary>
    internal const string Hierarchy = "/sys/fs/cgroup";

    internal const string Path = Hierarchy + "/container";

    /// <summary>
    /// Delegation to the container's own namespace, so that it cannot raise its limits; and moves that need not wait for all
    /// processors, which is as new as 6.0. Older kernels refuse what they do not know.
    /// </summary>
    private static readonly string?[] mountOptions = ["nsdelegate,favordynmods", "nsdelegate", null];

    private static readonly string[] controllers = ["memory", "pids", "cpu"];

    /// <summary>Processes and threads that stay init's own, whatever the container starts.</summary>
    private const long ReservedPids = 200;

    private ContainerGroup()
    {
    }

    internal ControlGroup Files { get; } = new(Path);

    /// <summary>Held for children to begin in.</summary>
    internal SafeFileHandle Directory { get; } = RootedPaths.Hold(Path);

    /// <summary>
    /// 1. Mounts the hierarchy. 2. Enables the controllers that the kernel has. 3. Makes the group. 4. Sets its limits.
    /// </summary>
    /// <param name="limits">What was asked for.</param>
    /// <param name="warnings">Takes what cannot be had.</param>
    /// <returns>Null where the kernel has no control groups.</returns>
    internal static ContainerGroup? Create(ContainerLimits limits, List<string> warnings)
    {
        if (!TryMount())
        {
            if (limits != new ContainerLimits())
            {
                warnings.Add("the guest's kernel has no control groups (CONFIG_CGROUPS): the container runs without its limits");
            }

            return null;
        }

        EnableControllers();
        System.IO.Directory.CreateDirectory(Path);
        ContainerGroup made = new();
        LimitChange[] asked = [.. LimitChange.Of(limits with { Pids = limits.Pids ?? ContainerLimits.Unlimited }, MostPids())];
        foreach (LimitChange missing in asked.Where(change => !made.Files.Has(change.File)))
        {
            warnings.Add($"the container runs without a limit of {missing.What}: {missing.WhyMissing}");
        }

        return made.Apply([.. asked.Where(change => made.Files.Has(change.File))]) is { } failure
            ? throw new GuestInitException(failure.Message)
            : made;
    }

    /// <summary>Changes limits, all or none.</summary>
    /// <returns>Why none was; null where all were.</returns>
    internal RequestFailed? Update(ContainerLimits limits)
    {
        LimitChange[] changes = [.. LimitChange.Of(limits, MostPids())];
        foreach (LimitChange change in changes)
        {
            if (!Files.Has(change.File))
            {
                return new RequestFailed(RequestFailure.Unsupported, $"the limit of {change.What}: {change.WhyMissing}");
            }
        }

        if (limits.MemoryInBytes is >= 0 and long memory && UnreclaimableBytes() is long held && held > memory)
        {
            return new RequestFailed(
                RequestFailure.Refused, $"the limit of memory: the container holds {held} bytes that cannot be given back, more than {memory}");
        }

        return Apply(changes);
    }

    private static bool TryMount()
    {
        if (!System.IO.Directory.Exists(Hierarchy))
        {
            return false;
        }

        foreach (string? options in mountOptions)
        {
            try
            {
                FileSystems.Mount("cgroup2", Hierarchy, "cgroup2", MountFlags.NoSetUserId | MountFlags.NoDevices | MountFlags.NoExecution, options);
                return true;
            }
            catch (LinuxException failure) when (failure.Errno == Errno.EINVAL && options is not null)
            {
                // Of a kernel that does not know one of them.
            }
            catch (LinuxException failure) when (failure.Errno == Errno.ENODEV)
            {
                return false;
            }
        }

        return false;
    }

    private static void EnableControllers()
    {
        ControlGroup root = new(Hierarchy);
        foreach (string controller in controllers.Intersect((root.TryRead("cgroup.controllers") ?? "").Split(' ')))
        {
            try
            {
                root.Write("cgroup.subtree_control", "+" + controller);
            }
            catch (LinuxException)
            {
                // Its files are missing then, as with a kernel that does not have it, and who needs one is told.
            }
        }
    }

    /// <summary>A container that starts processes without end must not keep init from starting one.</summary>
    private static long MostPids()
    {
        long most = ((string[])["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"])
            .Min(file => ControlGroup.ParseNumber(File.ReadAllText(file).TrimEnd('\n')) ?? long.MaxValue);
        return Math.Max(most - ReservedPids, most / 2);
    }

    private RequestFailed? Apply(LimitChange[] changes)
    {
        Stack<(string File, string Former)> done = [];
        foreach (LimitChange change in changes)
        {
            string former = Files.TryRead(change.File)!;
            try
            {
                Files.Write(change.File, change.Compose(Files));
                done.Push((change.File, former));
            }
            catch (LinuxException failure)
            {
                while (done.TryPop(out (string File, string Former) undone))
                {
                    Files.Write(undone.File, undone.Former);
                }

                return new RequestFailed(
                    failure.Errno is Errno.EINVAL or Errno.ERANGE ? RequestFailure.Refused : RequestFailure.System,
                    $"the limit of {change.What} ({change.Compose(Files)}): {failure.Message}");
            }
        }

        return null;
    }

    /// <summary>What would be ended rather than given back: all but the page cache of files.</summary>
    private long? UnreclaimableBytes()
    {
        IReadOnlyDictionary<string, long> table = Files.ReadTable("memory.stat");
        return Files.TryReadNumber("memory.current") is long current
            ? current - table.GetValueOrDefault("inactive_file") - table.GetValueOrDefault("active_file") - table.GetValueOrDefault("slab_reclaimable")
            : null;
    }
}
