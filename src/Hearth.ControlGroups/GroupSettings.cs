using System.Globalization;

namespace Hearth.ControlGroups;

/// <summary>
/// Translates limits to writes of control group files. This part has the settings of both versions; the other parts have those
/// of each version.
/// </summary>
internal static partial class GroupSettings
{
    /// <param name="version">The version of the hierarchy.</param>
    /// <param name="limits">The limits to set.</param>
    /// <param name="read">Reads a file of the group; null if it does not exist.</param>
    /// <returns>The settings, in the order in which they must be written.</returns>
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
