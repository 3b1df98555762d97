using Hearth.Firecracker.Api;

namespace Hearth.Firecracker;

/// <summary>The requests that configure a microVM. They are sent one by one or together.</summary>
internal static class ApiRequests
{
    /// <summary>
    /// The requests for a whole configuration, in an order that Firecracker accepts: the logger first, the metadata service
    /// after its interfaces.
    /// </summary>
    internal static IEnumerable<ApiRequest> Of(FullVmConfiguration vm)
    {
        ApiRequest?[] all =
        [
            vm.Logger is { } logger ? Put(logger) : null,
            vm.Metrics is { } metrics ? Put(metrics) : null,
            vm.MachineConfig is { } machine ? Put(machine) : null,
            vm.CpuConfig is { } cpu ? Put(cpu) : null,
            vm.BootSource is { } boot ? Put(boot) : null,
            .. (vm.Drives ?? []).Select(Put),
            .. (vm.NetworkInterfaces ?? []).Select(Put),
            vm.MmdsConfig is { } metadata ? Put(metadata) : null,
            vm.Vsock is { } vsock ? Put(vsock) : null,
            vm.Entropy is { } entropy ? Put(entropy) : null,
            vm.Balloon is { } balloon ? Put(balloon) : null,
        ];
        return all.OfType<ApiRequest>();
    }

    internal static ApiRequest Put(Logger logger) => ApiRequest.Put("/logger", logger, ApiJson.Default.Logger);

    internal static ApiRequest Put(Metrics metrics) => ApiRequest.Put("/metrics", metrics, ApiJson.Default.Metrics);

    internal static ApiRequest Put(MachineConfig config) => ApiRequest.Put("/machine-config", config, ApiJson.Default.MachineConfig);

    internal static ApiRequest Put(CpuConfig config) => ApiRequest.Put("/cpu-config", config, ApiJson.Default.CpuConfig);

    internal static ApiRequest Put(BootSource source) => ApiRequest.Put("/boot-source", source, ApiJson.Default.BootSource);

    internal static ApiRequest Put(Drive drive) => ApiRequest.Put(ApiRequest.PathOf("drives", drive.DriveId), drive, ApiJson.Default.Drive);

    internal static ApiRequest Put(NetworkInterface device) =>
        ApiRequest.Put(ApiRequest.PathOf("network-interfaces", device.IfaceId), device, ApiJson.Default.NetworkInterface);

    internal static ApiRequest Put(MmdsConfig config) => ApiRequest.Put("/mmds/config", config, ApiJson.Default.MmdsConfig);

    internal static ApiRequest Put(Vsock vsock) => ApiRequest.Put("/vsock", vsock, ApiJson.Default.Vsock);

    internal static ApiRequest Put(EntropyDevice device) => ApiRequest.Put("/entropy", device, ApiJson.Default.EntropyDevice);

    internal static ApiRequest Put(Balloon balloon) => ApiRequest.Put("/balloon", balloon, ApiJson.Default.Balloon);
}
