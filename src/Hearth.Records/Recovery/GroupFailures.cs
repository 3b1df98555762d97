using Hearth.Containers;
using Hearth.ControlGroups;

namespace Hearth.Records.Recovery;

/// <summary>
/// Converts failures of control groups to <see cref="HearthException"/>; their messages already name act, object and cause.
/// </summary>
public static class GroupFailures
{
    public static HearthException Translate(ControlGroupException failure) => new(
        failure.Error is ControlGroupError.PlaceInvalid or ControlGroupError.PlaceTaken ? HearthError.InvalidRequest : HearthError.HostUnsuitable,
        failure.Message,
        failure);
}
