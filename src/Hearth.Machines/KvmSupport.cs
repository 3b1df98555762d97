namespace Hearth.Machines;

/// <summary>
/// Whether KVM boots ordinary kernels on this host. The device alone is not enough: some hosts provide it in software, only
/// for kernels that are built for it, and other kernels hang there. So the processor must support virtualisation too.
/// </summary>
/// <param name="IsUsable">True if the device opens and the processor supports virtualisation.</param>
/// <param name="Opens">True if the device opens, which is enough for a caller that requires KVM.</param>
/// <param name="Finding">The result as one line for users.</param>
public sealed record KvmSupport(bool IsUsable, bool Opens, string Finding)
{
    private const string Device = "/dev/kvm";
    private const string ProcessorInformation = "/proc/cpuinfo";
    private static readonly string[] VirtualisationFlags = ["vmx", "svm"];

    /// <summary>Inspects the host. It does not start a process.</summary>
    public static KvmSupport Inspect()
    {
        if (!File.Exists(Device))
        {
            return new KvmSupport(false, false, $"{Device} does not exist");
        }

        try
        {
            using FileStream device = new(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new KvmSupport(false, false, $"cannot open {Device}: {exception.Message}");
        }

        return HasVirtualisation(File.ReadLines(ProcessorInformation))
            ? new KvmSupport(true, true, $"{Device} opens, and the processor supports virtualisation")
            : new KvmSupport(false, true, $"{Device} opens, but the processor reports neither vmx nor svm: ordinary kernels hang there");
    }

    /// <param name="lines">The lines of /proc/cpuinfo.</param>
    internal static bool HasVirtualisation(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) is string flags
        && flags.Split(' ').Any(VirtualisationFlags.Contains);
}
