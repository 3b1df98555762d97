namespace Hearth.ControlGroups;

/// <summary>One write to one file of a group.</summary>
/// <param name="Controller">The controller of the file.</param>
/// <param name="Ways">The file and its value. If kernels differ, there are several, and the first existing file is used.</param>
/// <param name="IsDispensable">True if a kernel without the file has nothing to limit either.</param>
internal sealed record GroupSetting(Controllers Controller, (string File, string Value)[] Ways, bool IsDispensable = false)
{
    public GroupSetting(Controllers controller, string file, string value, bool isDispensable = false)
        : this(controller, [(file, value)], isDispensable)
    {
    }
}
