using System.Globalization;
using System.Security.Cryptography;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>Booting, and the devices that a guest finds.</summary>
public abstract class BootConformance<TDriver>(GuestImages images) : MachineConformance<TDriver>(images)
    where TDriver : DriverUnderTest, new()
{
    private const int ReadOnlySectors = 2048;
    private const int WritableSectors = 4096;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_guest_has_the_processors_and_the_memory_that_were_asked_for(int processors)
    {
        int memory = 192 + (64 * processors);
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { VirtualCpus = processors, MemoryInMiB = memory });

        Assert.Equal($"{processors}", await guest.RunAsync("grep -c ^processor /proc/cpuinfo"));
        int kibibytes = int.Parse(await guest.RunAsync("awk '/MemTotal/ { print $2 }' /proc/meminfo"), CultureInfo.InvariantCulture);
        Assert.InRange(kibibytes, (memory - 64) << 10, memory << 10);
    }

    [Fact]
    public async Task Drives_appear_in_order_and_only_a_writable_one_takes_writes()
    {
        string first = Lab.MakeDrive("first, with a comma.img", ReadOnlySectors, seed: 1);
        string second = Lab.MakeDrive("second.img", WritableSectors, seed: 2);
        byte[] before = File.ReadAllBytes(first);
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with
        {
            Drives = [new MachineDrive("lower", first, ReadOnly: true), new MachineDrive("upper_1", second, ReadOnly: false)],
        });

        Assert.Equal($"{ReadOnlySectors}", await guest.RunAsync("cat /sys/block/vda/size"));
        Assert.Equal($"{WritableSectors}", await guest.RunAsync("cat /sys/block/vdb/size"));
        Assert.Equal("1 0", await guest.RunAsync("echo $(cat /sys/block/vda/ro /sys/block/vdb/ro)"));
        Assert.Equal(Digest(before), await guest.RunAsync("sha256sum </dev/vda"));

        (string refusal, int status) = await guest.TryRunAsync("dd if=/dev/zero of=/dev/vda bs=512 count=1 conv=fsync,notrunc");
        Assert.True(status != 0, refusal);
        await guest.RunAsync("dd if=/dev/vda of=/dev/vdb bs=64k conv=fsync,notrunc");
        byte[] written = File.ReadAllBytes(second);
        Assert.Equal(before, written[..before.Length]);
        Assert.Equal(before, File.ReadAllBytes(first));
        Assert.Equal(WritableSectors * 512, written.Length);
    }

    [Fact]
    public async Task As_many_drives_as_a_machine_takes_appear()
    {
        string[] paths = [.. Enumerable.Range(1, 64).Select(number => Lab.MakeDrive($"{number}.img", sectors: number, seed: number))];
        Func<int, Func<MachineConfiguration, MachineConfiguration>> having = count => plain => plain with
        {
            Drives = [.. paths.Take(count).Select((path, index) => new MachineDrive($"d{index}", path, ReadOnly: index % 2 == 0))],
        };
        MachineException refusal = Assert.Throws<MachineException>(() => Lab.Configure(having(paths.Length)));
        Assert.Equal(MachineError.TooManyDevices, refusal.Error);
        int most = int.Parse(refusal.Message.Split("takes ")[1].TrimEnd('.'), CultureInfo.InvariantCulture);

        await using ServingGuest guest = await Lab.BootAsync(having(most));

        Assert.Equal(string.Join(' ', Enumerable.Range(1, most)), await guest.RunAsync("echo $(cat /sys/block/vd?/size)"));
        Assert.Equal(Digest([.. paths.Take(most).SelectMany(File.ReadAllBytes)]), await guest.RunAsync("cat /dev/vd? | sha256sum"));
    }

    [Fact]
    public async Task A_drive_may_be_an_unlinked_file_by_its_descriptor()
    {
        string path = Lab.MakeDrive("unlinked.img", ReadOnlySectors, seed: 3);
        byte[] content = File.ReadAllBytes(path);
        using FileStream held = File.OpenRead(path);
        File.Delete(path);
        string byDescriptor = $"/proc/{Environment.ProcessId}/fd/{held.SafeFileHandle.DangerousGetHandle()}";

        Func<MachineConfiguration, MachineConfiguration> withHeld = plain => plain with { Drives = [new MachineDrive("held", byDescriptor, ReadOnly: true)] };
        if (!Driver.TakesNamelessFiles)
        {
            await AssertRefused(MachineError.InvalidConfiguration, () => Lab.BootAsync(withHeld));
            return;
        }

        await using ServingGuest guest = await Lab.BootAsync(withHeld);

        Assert.Equal(Digest(content), await guest.RunAsync("sha256sum </dev/vda"));
    }

    [Fact]
    public async Task A_drive_may_be_a_block_device()
    {
        string path = Lab.MakeDrive("behind-a-loop.img", ReadOnlySectors, seed: 4);
        string device = Tool.Run("losetup", "--find", "--show", "--read-only", path).Trim();
        try
        {
            await using ServingGuest guest = await Lab.BootAsync(plain => plain with { Drives = [new MachineDrive("loop", device, ReadOnly: true)] });
            Assert.Equal(Digest(File.ReadAllBytes(path)), await guest.RunAsync("sha256sum </dev/vda"));
        }
        finally
        {
            Tool.Run("losetup", "--detach", device);
        }
    }

    [Fact]
    public async Task The_channel_carries_any_bytes_both_ways_and_is_given_once()
    {
        byte[] sent = new byte[1 << 20];
        new Random(5).NextBytes(sent);
        await using ServingGuest guest = await Lab.BootAsync();
        await AssertRefused(MachineError.ChannelTaken, () => guest.Machine.OpenChannelAsync());

        await guest.SendAsync($"head -c {sent.Length} <&3 >/received; cat /received; sha256sum </received\n");
        Task writing = guest.Channel.WriteAsync(sent).AsTask();
        byte[] received = await guest.ReadBytesAsync(sent.Length);
        await writing;

        Assert.Equal(sent, received);
        Assert.Equal(Digest(sent), await guest.ReadLineAsync());
        Assert.Equal(GuestScript.StatusPrefix + "0", await guest.ReadLineAsync());
    }

    [Fact]
    public async Task The_console_goes_to_its_file_and_its_end_is_told_with_the_machines()
    {
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { ConsoleLogPath = Lab["console.log"] });
        await guest.RunAsync($"echo grüße vom gast >/dev/console; {GuestScript.Drain}");
        guest.Machine.Kill();
        MachineExit exit = await EndOf(guest.Machine);

        string log = File.ReadAllText(Lab["console.log"]);
        Assert.Contains(GuestScript.ConsoleGreeting, log);
        Assert.Contains("grüße vom gast", log);
        Assert.Contains("grüße vom gast", exit.ConsoleTail);
    }

    [Fact]
    public async Task A_guest_that_floods_its_console_cannot_fill_the_disk()
    {
        const int Limit = 64 << 10;
        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { ConsoleLogPath = Lab["console.log"], ConsoleLogLimitInBytes = Limit });

        await guest.RunAsync($"seq 30000 >/dev/console; {GuestScript.Drain}");
        await guest.DisposeAsync();

        byte[] log = File.ReadAllBytes(Lab["console.log"]);
        Assert.InRange(log.Length, Limit / 4, Limit);

        // The guest may still tell that its channel has ended.
        Assert.Contains("29999\r\n30000\r\n", System.Text.Encoding.UTF8.GetString(log[^256..]));
    }

    [Fact]
    public async Task The_least_memory_that_is_demanded_is_enough()
    {
        MachineException refusal = Assert.Throws<MachineException>(() => Lab.Configure(plain => plain with { MemoryInMiB = 8 }));
        Assert.Equal(MachineError.MemoryTooSmall, refusal.Error);
        int least = int.Parse(refusal.Message.Split("at least ")[1].Split(' ')[0], CultureInfo.InvariantCulture);

        await using ServingGuest guest = await Lab.BootAsync(plain => plain with { MemoryInMiB = least });

        Assert.Equal("there", await guest.RunAsync("echo there"));
    }

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes)) + "  -";
}
