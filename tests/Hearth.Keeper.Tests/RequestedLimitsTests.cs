using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.ControlGroups;
using Hearth.Keeper.Parts.Limits;
using Hearth.Records.Recovery;

namespace Hearth.Keeper.Tests;

/// <summary>What a description asks for, as limits of a control group.</summary>
public sealed class RequestedLimitsTests
{
    private const long Mebibyte = 1 << 20;

    [Fact]
    public void A_description_becomes_limits()
    {
        var resources = new ResourcesSpec
        {
            Cpu = new CpuSpec { Shares = 1024, Quota = 50_000, Period = 100_000, Cpus = "0-1", Mems = "" },
            BlockIo = new BlockIoSpec
            {
                Weight = 500,
                WeightDevice = [new DeviceWeightSpec { Major = 8, Minor = 0, Weight = 10 }, new DeviceWeightSpec { Major = 8, Minor = 1 }],
                ThrottleReadBpsDevice = [new DeviceThrottleSpec { Major = 8, Minor = 0, Rate = 1000 }],
                ThrottleWriteIopsDevice = [new DeviceThrottleSpec { Major = 8, Minor = 0, Rate = 0 }],
            },
        };
        ResourceLimits limits = RequestedLimits.Of(resources, memoryInMebibytes: 512, processors: 2, overheadInMebibytes: 100);

        Assert.Equal(
            new ResourceLimits
            {
                MemoryInBytes = 676 * Mebibyte, Tasks = 514, CpuShares = 1024, CpuQuota = 50_000, CpuPeriod = 100_000, Processors = "0-1", IoWeight = 500,
            },
            limits with { IoLimits = [] });
        Assert.Equal(
            [new IoLimit("8:0", IoLimitKind.Weight, 10), new IoLimit("8:0", IoLimitKind.ReadBytes, 1000), new IoLimit("8:0", IoLimitKind.WriteRequests, 0)],
            limits.IoLimits);
    }

    [Fact]
    public void What_is_not_asked_for_is_not_limited()
    {
        var nothing = new ResourcesSpec { Cpu = new CpuSpec { Shares = 0, Quota = -1, Period = 0, Cpus = "" }, BlockIo = new BlockIoSpec { Weight = 0 } };
        Assert.Equal(new ResourceLimits { MemoryInBytes = 576 * Mebibyte, Tasks = 513 }, RequestedLimits.Of(null, 512, 1, 0) with { IoLimits = [] });
        Assert.Equal(new ResourceLimits { CpuQuota = -1 }, RequestedLimits.OfRequest(nothing) with { IoLimits = [] });
        Assert.Equal(new ResourceLimits(), RequestedLimits.OfRequest(null) with { IoLimits = [] });
        Assert.Empty(RequestedLimits.OfRequest(nothing).IoLimits);
    }

    [Theory]
    [InlineData(ControlGroupError.PlaceInvalid, HearthError.InvalidRequest)]
    [InlineData(ControlGroupError.PlaceTaken, HearthError.InvalidRequest)]
    [InlineData(ControlGroupError.ControllerMissing, HearthError.HostUnsuitable)]
    [InlineData(ControlGroupError.KernelRefused, HearthError.HostUnsuitable)]
    [InlineData(ControlGroupError.TimedOut, HearthError.HostUnsuitable)]
    public void A_failure_of_a_control_group_keeps_its_message(ControlGroupError error, HearthError expected)
    {
        HearthException translated = GroupFailures.Translate(new ControlGroupException(error, "cannot do it"));
        Assert.Equal((expected, "cannot do it"), (translated.Error, translated.Message));
    }
}
