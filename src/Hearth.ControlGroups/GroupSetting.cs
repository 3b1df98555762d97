namespace Hearth.ControlGroups;

/// <summary>One write to one file of a group.</summary>
/// <param name="Controller">Whose file it is.</param>
/// <param name="Ways">The file and what it takes; where kernels differ, several, of which the first whose file is there counts.</param>
/// <param name="IsDispensable">True where a kernel without the file has nothing to limit either.</param>
internal sealed record GroupSetting(Controllers Controller, (string File, string Value)[] Ways, bool IsDispensable = false)
{
    public GroupSetting(Controllers controller, string file, string value, bool isDispensable = false)
        : this(controller, [(file, value)], isDispensable)
    {
    }
}
