namespace Hearth.Machines.Firecracker.Api;

/// <summary>The requests that are sent one by one as well as in one piece.</summary>
internal static class ApiRequests
{
    internal static ApiRequest Put(MachineConfig config) => ApiRequest.Put("/machine-config", config, ApiJson.Default.MachineConfig);

    internal static ApiRequest Put(BootSource source) => ApiRequest.Put("/boot-source", source, ApiJson.Default.BootSource);

    internal static ApiRequest Put(Drive drive) => ApiRequest.Put(ApiRequest.PathOf("drives", drive.DriveId), drive, ApiJson.Default.Drive);

    internal static ApiRequest Put(Vsock vsock) => ApiRequest.Put("/vsock", vsock, ApiJson.Default.Vsock);
}
