using Hearth.Cli.Commands;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Cli.Tests;

/// <summary>docker's flags for limits.</summary>
public sealed class LimitFlagsTests
{
    [Fact]
    public void Limits_are_those_of_the_specification()
    {
        ResourcesSpec read = Read("-m 1g --memory-reservation 512m --cpu-period 50000 --cpu-quota 25000 -c 512 --cpuset-cpus 0-1 --cpuset-mems 0 --pids-limit 100 --blkio-weight 300");

        Assert.Equal((1L << 30, 512L << 20), (read.Memory!.Limit, read.Memory.Reservation));
        Assert.Equal(new CpuSpec { Period = 50_000, Quota = 25_000, Shares = 512, Cpus = "0-1", Mems = "0" }, read.Cpu);
        Assert.Equal((100L, (ushort)300), (read.Pids!.Limit, read.BlockIo!.Weight));
    }

    [Theory]
    [InlineData("--cpus 1.5", 100_000ul, 150_000L)]
    [InlineData("--cpu-quota 20000", null, 20_000L)]
    [InlineData("--cpu-shares 2", null, null)]
    public void Processor_time_is_a_quota_of_a_period(string line, ulong? period, long? quota) => Assert.Equal((period, quota), (Read(line).Cpu!.Period, Read(line).Cpu!.Quota));

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public void No_limit_on_processes_is_a_limit_that_replaces_another(string limit) => Assert.Equal(PidsSpec.Unlimited, Read($"--pids-limit {limit}").Pids!.Limit);

    [Fact]
    public void What_is_not_given_is_not_changed()
    {
        ResourcesSpec read = Read("");

        Assert.True(read is { Memory: null, Cpu: null, Pids: null, BlockIo: null });
    }

    [Fact]
    public void A_disk_is_one_of_the_hosts()
    {
        string? name = Directory.GetDirectories("/sys/class/block").Select(Path.GetFileName).FirstOrDefault(name => File.Exists($"/dev/{name}"));
        Assert.SkipWhen(name is null, "this host has no block device in /dev");

        BlockIoSpec read = Read($"--device-read-bps /dev/{name}:1m --device-write-iops /dev/{name}:9 --blkio-weight-device /dev/{name}:20").BlockIo!;

        string numbers = File.ReadAllText($"/sys/class/block/{name}/dev").Trim();
        DeviceThrottleSpec rate = Assert.Single(read.ThrottleReadBpsDevice);
        Assert.Equal((numbers, 1UL << 20), ($"{rate.Major}:{rate.Minor}", rate.Rate));
        Assert.Equal((9UL, (ushort)20), (Assert.Single(read.ThrottleWriteIopsDevice).Rate, Assert.Single(read.WeightDevice).Weight!.Value));
        Assert.Equal($"/dev/{name}", new BlockDevice(rate.Major, rate.Minor).FindPath());
    }

    [Theory]
    [InlineData("--cpus 0", "must be more than 0")]
    [InlineData("--cpu-period 99", "it must be from 1000 to 1000000 microseconds")]
    [InlineData("--cpu-quota 99", "it must be at least 1000 microseconds")]
    [InlineData("--cpu-shares -1", "-1 is out of range")]
    [InlineData("--blkio-weight 70000", "70000 is out of range")]
    [InlineData("-m 1g --memory-reservation 2g", "it must not be more than the memory limit")]
    [InlineData("--device-read-bps sda:1m", "such as /dev/sda")]
    [InlineData("--device-read-bps 1m", "give its path and a number")]
    public void Values_out_of_range_are_refused(string line, string words) => Assert.Contains(words, Assert.Throws<FormatException>(() => Read(line)).Message, StringComparison.Ordinal);

    private static ResourcesSpec Read(string words)
    {
        LimitFlags flags = new();
        return flags.Read(new LineParser(new Command("test", "").WithFlags("Limits", flags.All)).Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }
}
