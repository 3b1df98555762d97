using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Resources;

/// <summary>A change of one limit of a control group.</summary>
/// <param name="File">The group's file.</param>
/// <param name="What">The limited resource, for messages.</param>
/// <param name="Option">The kernel's build option for the file.</param>
/// <param name="Compose">Returns the text to write; it may depend on the current content.</param>
internal sealed record LimitChange(string File, string What, string Option, Func<ControlGroup, string> Compose)
{
    internal string WhyMissing => $"the guest's kernel has no {File} (its option {Option})";

    /// <summary>Returns one change for each file that the limits concern.</summary>
    /// <param name="limits">The requested limits.</param>
    /// <param name="mostPids">The limit of processes if none is requested.</param>
    internal static List<LimitChange> Of(ContainerLimits limits, long mostPids)
    {
        List<LimitChange> changes = [];
        if (limits.MemoryInBytes is { } memory)
        {
            changes.Add(new LimitChange("memory.max", "memory", "CONFIG_MEMCG", _ => ControlGroup.FormatLimit(memory)));
        }

        if (limits.Pids is { } pids)
        {
            changes.Add(new LimitChange("pids.max", "processes", "CONFIG_CGROUP_PIDS", _ => ControlGroup.FormatLimit(pids < 0 ? mostPids : pids)));
        }

        if (limits.CpuQuotaUs is not null || limits.CpuPeriodUs is not null)
        {
            changes.Add(new LimitChange("cpu.max", "processor time", "CONFIG_CFS_BANDWIDTH", group => ComposeBandwidth(limits, group.TryRead("cpu.max"))));
        }

        if (limits.CpuWeight is { } weight)
        {
            changes.Add(new LimitChange("cpu.weight", "processor share", "CONFIG_FAIR_GROUP_SCHED", _ => ControlGroup.FormatLimit(weight)));
        }

        return changes;
    }

    /// <summary>Composes <c>quota period</c>; the value that is not requested stays unchanged.</summary>
    private static string ComposeBandwidth(ContainerLimits limits, string? now)
    {
        string[] parts = now?.Split(' ') ?? [];
        string quota = limits.CpuQuotaUs is { } asked ? ControlGroup.FormatLimit(asked) : parts.Length > 0 ? parts[0] : "max";
        string period = limits.CpuPeriodUs is { } askedPeriod ? ControlGroup.FormatLimit(askedPeriod) : parts.Length > 1 ? parts[1] : "100000";
        return $"{quota} {period}";
    }
}
