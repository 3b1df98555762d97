using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Mounts;

/// <summary>sysctl(8): the guest's kernel is the container's alone, so every parameter that it has may be set.</summary>
internal static class KernelParameters
{
    private const string Directory = "/proc/sys";

    /// <exception cref="GuestInitException">There is no such parameter, or it does not take the value.</exception>
    internal static void Set(KernelParameter parameter)
    {
        string path = $"{Directory}/{parameter.Name.Replace('.', '/')}";
        try
        {
            if (!File.Exists(path) || parameter.Name.Split('/').Contains(".."))
            {
                throw new GuestInitException($"cannot set the kernel parameter {parameter.Name}: the guest's kernel has none of this name; see 'sysctl -a' in the container");
            }

            File.WriteAllText(path, parameter.Value);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new GuestInitException($"cannot set the kernel parameter {parameter.Name} to '{parameter.Value}': the guest's kernel refuses the value ({refused.Message})", refused);
        }
    }
}
