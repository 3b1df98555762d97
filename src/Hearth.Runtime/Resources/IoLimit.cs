using Hearth.Runtime.Specification;

namespace Hearth.Runtime.Resources;

/// <summary>A limit on requests to one block device.</summary>
/// <param name="Device"><c>MAJOR:MINOR</c>.</param>
/// <param name="Kind">What is limited.</param>
/// <param name="Value">A weight of 10 to 1000, or bytes or requests a second; a rate of 0 takes the limit away.</param>
internal sealed record IoLimit(string Device, IoLimitKind Kind, ulong Value)
{
    public static IEnumerable<IoLimit> All(BlockIoSpec? io) => io is null
        ? []
        :
        [
            .. from device in io.WeightDevice
               let weight = device.Weight ?? 0
               where weight > 0
               select new IoLimit($"{device.Major}:{device.Minor}", IoLimitKind.Weight, weight),
            .. Throttles(IoLimitKind.ReadBytes, io.ThrottleReadBpsDevice),
            .. Throttles(IoLimitKind.WriteBytes, io.ThrottleWriteBpsDevice),
            .. Throttles(IoLimitKind.ReadRequests, io.ThrottleReadIopsDevice),
            .. Throttles(IoLimitKind.WriteRequests, io.ThrottleWriteIopsDevice),
        ];

    private static IEnumerable<IoLimit> Throttles(IoLimitKind kind, IEnumerable<DeviceThrottleSpec> throttles) =>
        throttles.Select(throttle => new IoLimit($"{throttle.Major}:{throttle.Minor}", kind, throttle.Rate));
}

/// <summary>What of the requests to a device is limited.</summary>
internal enum IoLimitKind
{
    Weight,
    ReadBytes,
    WriteBytes,
    ReadRequests,
    WriteRequests,
}
