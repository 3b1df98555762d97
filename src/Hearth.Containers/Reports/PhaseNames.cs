namespace Hearth.Containers.Reports;

/// <summary>The phases of a run, as named in reports; scripts read these names.</summary>
public static class PhaseNames
{
    /// <summary>The start waits for its turn: the daemon admits only so many at once.</summary>
    public const string Queue = "queue";

    /// <summary>The directory tree is read: names and attributes, no contents.</summary>
    public const string Walk = "walk";

    /// <summary>The image's metadata is computed.</summary>
    public const string Plan = "plan";

    /// <summary>The image is looked up in the cache.</summary>
    public const string Cache = "cache";

    /// <summary>The virtual image is put into a FUSE mount.</summary>
    public const string Serve = "serve";

    /// <summary>The tree is packed or copied into a file.</summary>
    public const string Pack = "pack";

    /// <summary>The VMM's process starts, up to the guest kernel's first instruction.</summary>
    public const string Machine = "machine";

    /// <summary>The guest's kernel, up to its first process.</summary>
    public const string Kernel = "kernel";

    /// <summary>The guest's init: modules, drives, root, until it can start processes.</summary>
    public const string Init = "init";

    /// <summary>From the request to start the workload to its execve.</summary>
    public const string Process = "process";

    /// <summary>From the workload's execve to its first byte of output.</summary>
    public const string FirstOutput = "first output";

    /// <summary>From the workload's end until all of the container's resources are released.</summary>
    public const string Exit = "exit";

    /// <summary>Whether a phase is part of preparing a root's disk.</summary>
    public static bool IsPreparation(string phase) => phase is Walk or Plan or Cache or Serve or Pack;
}
