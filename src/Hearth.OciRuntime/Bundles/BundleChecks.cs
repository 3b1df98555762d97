using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;

namespace Hearth.OciRuntime.Bundles;

/// <summary>Checks a bundle's configuration: for required members, and for members that cannot be honoured yet.</summary>
internal static class BundleChecks
{
    /// <summary>
    /// Members whose absence a workload or a policy can notice. Other settings that only confine a process on a shared kernel cause no
    /// warning, since the machine confines it.
    /// </summary>
    private static readonly string[][] unhonoured =
    [
        ["hooks"],
        ["process", "apparmorProfile"],
        ["process", "selinuxLabel"],
    ];

    /// <summary>Devices that every guest has; the specification demands most of them (config-linux.md, "Default Devices").</summary>
    private static readonly HashSet<string> OwnDevices = new(StringComparer.Ordinal)
    {
        "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/console", "/dev/ptmx",
    };

    /// <exception cref="HearthException">A member is missing or invalid, or cannot be honoured.</exception>
    public static void Check(ContainerSpec spec, string file)
    {
        Demand(spec.OciVersion.StartsWith("1.", StringComparison.Ordinal), $"ociVersion is '{spec.OciVersion}', but this program supports {ContainerSpec.CurrentVersion}");
        Demand(!string.IsNullOrEmpty(spec.Root?.Path), "root.path is missing; set it to the root directory");
        Demand(spec.Process is not null, "process is missing; set the command to run");
        Demand(spec.Process!.Args.Count > 0 && !string.IsNullOrEmpty(spec.Process.Args[0]), "process.args is empty; set the command to run");
        Demand(spec.Process.Args.All(argument => argument is not null && !argument.Contains('\0')), "process.args contains null or a NUL");
        Demand(spec.Process.Env.All(variable => variable is not null && variable.IndexOf('=', StringComparison.Ordinal) > 0), "process.env contains an entry that is not NAME=VALUE");
        Demand(spec.Process.Cwd.StartsWith('/'), $"process.cwd is '{spec.Process.Cwd}', but must be absolute");
        Demand(spec.Mounts.All(mount => !string.IsNullOrEmpty(mount?.Destination)), "a mount has no destination");
        Demand(spec.Mounts.All(mount => mount.Options.All(option => option is not null)), "a mount's options contain null");
        Demand(spec.Linux?.Resources?.Cpu?.Period is not 0, "linux.resources.cpu.period is 0");
        Demand(spec.Linux?.UidMappings is not { Count: > 0 } && spec.Linux?.GidMappings is not { Count: > 0 },
            "it maps users (linux.uidMappings), but a microVM has its own users; omit '--userns' and '--uidmap'");
        if (spec.Linux?.Devices.FirstOrDefault(device => !OwnDevices.Contains(device.Path)) is { } foreign)
        {
            Demand(false, $"it requests the device '{foreign.Path}', but a microVM has no devices of the host; omit '--device', and '--privileged', which requests all of them");
        }

        void Demand(bool condition, string cause)
        {
            if (!condition)
            {
                throw new HearthException(HearthError.InvalidRequest, $"cannot use '{file}': {cause}");
            }
        }
    }

    /// <summary>Returns a warning for each member that is set but not honoured.</summary>
    public static IEnumerable<Diagnostic> Unhonoured(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        foreach (string[] path in unhonoured)
        {
            if (IsThere(document.RootElement, path))
            {
                DiagnosticCode code = path is ["hooks"] ? DiagnosticCode.BundleHooksIgnored : DiagnosticCode.BundleMemberIgnored;
                yield return Diagnostic.Warning(code, $"{string.Join('.', path)} of the bundle is not honoured");
            }
        }
    }

    private static bool IsThere(JsonElement element, string[] path)
    {
        foreach (string name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return false;
            }
        }

        return element.ValueKind switch
        {
            JsonValueKind.Null => false,
            JsonValueKind.Array => element.GetArrayLength() > 0,
            JsonValueKind.Object => element.EnumerateObject().Any(),
            _ => true,
        };
    }
}
