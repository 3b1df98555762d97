namespace Hearth.ControlGroups;

/// <summary>Why a control group could not be made, limited, joined, frozen or removed.</summary>
public enum ControlGroupError
{
    /// <summary>A path that names no control group.</summary>
    PlaceInvalid,

    /// <summary>The group has processes already.</summary>
    PlaceTaken,

    /// <summary>The host or its kernel lacks the controller, or a file of it.</summary>
    ControllerMissing,

    /// <summary>The kernel refuses a write.</summary>
    KernelRefused,

    /// <summary>Processes did not freeze or exit, or the kernel did not release the group, within the deadline.</summary>
    TimedOut,
}
