namespace Hearth.ControlGroups;

/// <summary>A limit on requests to one block device.</summary>
/// <param name="Device"><c>MAJOR:MINOR</c>.</param>
/// <param name="Kind">What is limited.</param>
/// <param name="Value">A weight of 10 to 1000, or bytes or requests a second; a rate of 0 takes the limit away.</param>
public sealed record IoLimit(string Device, IoLimitKind Kind, ulong Value);

/// <summary>What of the requests to a device is limited.</summary>
public enum IoLimitKind
{
    Weight,
    ReadBytes,
    WriteBytes,
    ReadRequests,
    WriteRequests,
}
