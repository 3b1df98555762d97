namespace Hearth.ControlGroups;

/// <summary>Why a control group could not be created, limited, joined, frozen or removed.</summary>
public enum ControlGroupError
{
    /// <summary>The path is not valid for a control group.</summary>
    PlaceInvalid,

    /// <summary>The group already has processes.</summary>
    PlaceTaken,

    /// <summary>The host or its kernel lacks the controller, or one of its files.</summary>
    ControllerMissing,

    /// <summary>The kernel refused a write.</summary>
    KernelRefused,

    /// <summary>Processes did not freeze or exit, or the kernel did not release the group, within the deadline.</summary>
    TimedOut,
}
