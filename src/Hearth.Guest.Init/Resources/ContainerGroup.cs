using System.Diagnostics.CodeAnalysis;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Resources;

/// <summary>
/// The control group of all processes of the container. Init stays outside, in the root of the hierarchy: the container's limits
/// do not apply to it, and it competes for processors with the container as a whole. Processes start in the group, or enter it
/// before they execute their command (<see cref="Launching.GroupEntry"/>).
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "It ends with the machine.")]
internal sealed class ContainerGroup
{
    /// <summary>The unified hierarchy in init's own root.</summary>
    internal const string Hierarchy = "/sys/fs/cgroup";

    internal const string Path = Hierarchy + "/container";

    /// <summary>
    /// Delegation to the container's own namespace, so that the container cannot raise its limits; and moves that do not wait for
    /// all processors (since Linux 6.0). Older kernels refuse unknown options.
    /// </summary>
    private static readonly string?[] mountOptions = ["nsdelegate,favordynmods", "nsdelegate", null];

    private static readonly string[] controllers = ["memory", "pids", "cpu"];

    /// <summary>Processes and threads that are reserved for init, whatever the container starts.</summary>
    private const long ReservedPids = 200;

    private ContainerGroup()
    {
    }

    internal ControlGroup Files { get; } = new(Path);

    /// <summary>The group's directory, open so that children can start in it.</summary>
    internal SafeFileHandle Directory { get; } = RootedPaths.Hold(Path);

    /// <summary>
    /// 1. Mounts the hierarchy. 2. Enables the controllers that the kernel has. 3. Creates the group. 4. Sets its limits.
    /// </summary>
    /// <param name="limits">The requested limits.</param>
    /// <param name="warnings">Receives the limits that the kernel does not support.</param>
    /// <returns>The group; null if the kernel has no control groups.</returns>
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
        foreach (LimitChange missing in Array.FindAll(asked, change => !made.Files.Has(change.File)))
        {
            warnings.Add($"the container runs without a limit on {missing.What}: {missing.WhyMissing}");
        }

        return made.Apply(Array.FindAll(asked, change => made.Files.Has(change.File))) is { } failure
            ? throw new GuestInitException(failure.Message)
            : made;
    }

    /// <summary>Changes all given limits, or none of them.</summary>
    /// <returns>The failure; null if all were changed.</returns>
    internal RequestFailed? Update(ContainerLimits limits)
    {
        LimitChange[] changes = [.. LimitChange.Of(limits, MostPids())];
        foreach (LimitChange change in changes)
        {
            if (!Files.Has(change.File))
            {
                return new RequestFailed(RequestFailure.Unsupported, $"the limit on {change.What}: {change.WhyMissing}");
            }
        }

        if (limits.MemoryInBytes is >= 0 and long memory && UnreclaimableBytes() is long held && held > memory)
        {
            return new RequestFailed(
                RequestFailure.Refused, $"the limit on memory: the container uses {held} unreclaimable bytes, more than {memory}");
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
                // The kernel does not know one of the options.
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
        string[] known = (root.TryRead("cgroup.controllers") ?? "").Split(' ');
        foreach (string controller in Array.FindAll(controllers, controller => known.Contains(controller)))
        {
            try
            {
                root.Write("cgroup.subtree_control", "+" + controller);
            }
            catch (LinuxException)
            {
                // Its files are then missing, as in a kernel without the controller, and a request that needs one gets an error.
            }
        }
    }

    /// <summary>The limit for a container without one: even if it starts processes endlessly, init can still start its own.</summary>
    private static long MostPids()
    {
        long most = Math.Min(ReadLimit("/proc/sys/kernel/pid_max"), ReadLimit("/proc/sys/kernel/threads-max"));
        return Math.Max(most - ReservedPids, most / 2);

        static long ReadLimit(string file) => ControlGroup.ParseNumber(File.ReadAllText(file).TrimEnd('\n')) ?? long.MaxValue;
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
                    $"the limit on {change.What} ({change.Compose(Files)}): {failure.Message}");
            }
        }

        return null;
    }

    /// <summary>
    /// Returns the memory that the kernel can free only by killing processes: all but the page cache of files and reclaimable slabs.
    /// </summary>
    private long? UnreclaimableBytes()
    {
        IReadOnlyDictionary<string, long> table = Files.ReadTable("memory.stat");
        return Files.TryReadNumber("memory.current") is long current
            ? current - table.GetValueOrDefault("inactive_file") - table.GetValueOrDefault("active_file") - table.GetValueOrDefault("slab_reclaimable")
            : null;
    }
}
