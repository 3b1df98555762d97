namespace Hearth.Machines;

/// <summary>
/// Whether KVM boots ordinary kernels here. The device alone does not tell: some hosts offer it by software for kernels built
/// for that, and others hang there; so the processor's own virtualisation has to be there too.
/// </summary>
/// <param name="IsUsable">True when both are there and open.</param>
/// <param name="Opens">True when the device opens, which is enough for who demands KVM.</param>
/// <param name="Finding">One line for people.</param>
public sealed record KvmSupport(bool IsUsable, bool Opens, string Finding)
{
    private const string Device = "/dev/kvm";
    private const string ProcessorInformation = "/proc/cpuinfo";
    private static readonly string[] VirtualisationFlags = ["vmx", "svm"];

    /// <summary>Looks once; nothing is started.</summary>
    public static KvmSupport Inspect()
    {
        if (!File.Exists(Device))
        {
            return new KvmSupport(false, false, $"{Device} is not there");
        }

        try
        {
            using FileStream device = new(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new KvmSupport(false, false, $"{Device} does not open: {exception.Message}");
        }

        return HasVirtualisation(File.ReadLines(ProcessorInformation))
            ? new KvmSupport(true, true, $"{Device} opens, and the processor virtualises")
            : new KvmSupport(false, true, $"{Device} opens, but the processor shows neither vmx nor svm: ordinary kernels hang on such a KVM");
    }

    /// <param name="lines">Those of /proc/cpuinfo.</param>
    internal static bool HasVirtualisation(IEnumerable<string> lines) =>
        lines.FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) is string flags
        && flags.Split(' ').Any(VirtualisationFlags.Contains);
}
