namespace Hearth.ControlGroups;

/// <summary>A limit on requests to one block device.</summary>
/// <param name="Device">The device, as <c>MAJOR:MINOR</c>.</param>
/// <param name="Kind">The limited quantity.</param>
/// <param name="Value">A weight of 10 to 1000, or bytes or requests a second; a rate of 0 removes the limit.</param>
public sealed record IoLimit(string Device, IoLimitKind Kind, ulong Value);

/// <summary>The quantity of requests to a device that is limited.</summary>
public enum IoLimitKind
{
    Weight,
    ReadBytes,
    WriteBytes,
    ReadRequests,
    WriteRequests,
}
