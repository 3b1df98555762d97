using Hearth.ControlGroups;

namespace Hearth.Runtime.Resources;

/// <summary>Turns failures of control groups into this room's own; their messages name act, object and cause already.</summary>
internal static class GroupFailures
{
    public static RuntimeException Translate(ControlGroupException failure) => new(
        failure.Error is ControlGroupError.PlaceInvalid or ControlGroupError.PlaceTaken ? RuntimeError.InvalidRequest : RuntimeError.HostUnsuitable,
        failure.Message,
        failure);
}
