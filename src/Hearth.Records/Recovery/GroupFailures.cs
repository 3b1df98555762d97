using Hearth.Containers;
using Hearth.ControlGroups;

namespace Hearth.Records.Recovery;

/// <summary>Turns failures of control groups into this room's own; their messages name act, object and cause already.</summary>
public static class GroupFailures
{
    public static HearthException Translate(ControlGroupException failure) => new(
        failure.Error is ControlGroupError.PlaceInvalid or ControlGroupError.PlaceTaken ? HearthError.InvalidRequest : HearthError.HostUnsuitable,
        failure.Message,
        failure);
}
