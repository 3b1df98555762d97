using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Mounts;

/// <summary>
/// Kernel parameters of sysctl(8). Only this container uses the guest's kernel, so every parameter of it may be set.
/// </summary>
internal static class KernelParameters
{
    private const string Directory = "/proc/sys";

    /// <exception cref="GuestInitException">The parameter does not exist, or the kernel refuses the value.</exception>
    internal static void Set(KernelParameter parameter)
    {
        string path = $"{Directory}/{parameter.Name.Replace('.', '/')}";
        try
        {
            if (!File.Exists(path) || Array.IndexOf(parameter.Name.Split('/'), "..") >= 0)
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
