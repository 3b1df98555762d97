using System.Globalization;

namespace Hearth.ControlGroups;

/// <summary>Limits as the files of control groups take them: here what both versions have, the rest in the parts of each.</summary>
internal static partial class GroupSettings
{
    /// <param name="version">Of the hierarchy.</param>
    /// <param name="limits">What to set.</param>
    /// <param name="read">Reads a file of the group; null where it is not there.</param>
    /// <returns>In the order in which they have to be written.</returns>
    public static IEnumerable<GroupSetting> Of(int version, ResourceLimits limits, Func<string, string?> read) =>
        [.. version == 1 ? OfVersion1(limits, read) : OfVersion2(limits, read), .. OfBoth(limits)];

    private static IEnumerable<GroupSetting> OfBoth(ResourceLimits limits)
    {
        if (limits.Processors is string processors)
        {
            yield return new GroupSetting(Controllers.Cpuset, "cpuset.cpus", processors);
        }

        if (limits.MemoryNodes is string nodes)
        {
            yield return new GroupSetting(Controllers.Cpuset, "cpuset.mems", nodes);
        }

        if (limits.Tasks is int tasks)
        {
            yield return new GroupSetting(Controllers.Pids, "pids.max", Number(tasks));
        }
    }

    private static string Number<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);
}
