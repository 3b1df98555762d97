namespace Hearth.Runtime.Machines;
internal static class MachineDrivers { public static Hearth.Machines.IMachineDriver Choose(AcceleratorChoice c) => throw new RuntimeException(RuntimeError.MachineFailed, "none " + c); }
internal static class MachineInspection { public static IReadOnlyList<Diagnosis.HostNeed> Inspect() => []; }
