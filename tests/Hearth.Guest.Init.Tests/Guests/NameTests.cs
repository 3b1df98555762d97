using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Names in a guest without any network: its init is the resolver.</summary>
public sealed class NameTests(GuestParts parts)
{
    [Fact]
    public async Task A_containers_processes_find_names_that_the_host_answers()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.Hello.InTime();
        GuestDataStream stream = guest.Channel.OpenStream(StreamDirection.Both);
        Task serving = TestNames.ServeAsync(stream);
        await guest.ConfigureAsync(configuration => configuration with { NameStream = stream.Id });
        await guest.ShellAsync("echo nameserver 127.0.0.11 >/etc/resolv.conf");

        string both = await guest.ShellAsync("nslookup web.test");
        Assert.Contains("192.0.2.7", both);
        Assert.Contains("fd00::7", both);
        string one = await guest.ShellAsync("nslookup four.test");
        Assert.Contains("192.0.2.8", one);
        ProcessResult none = await guest.RunAsync(["nslookup", "none.test"]);
        Assert.Contains("NXDOMAIN", none.OutputText + none.ErrorText);
        Assert.Equal("100", await guest.ShellAsync("for i in $(seq 100); do nslookup web.test >/tmp/$i & done; wait; cat /tmp/* | grep -c 192.0.2.7"));

        await stream.DisposeAsync();
        await serving.InTime();
        Assert.NotEqual(0, (await guest.RunAsync(["nslookup", "web.test"])).ExitCode);
    }

    [Fact]
    public async Task A_guest_without_names_has_no_resolver()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        Assert.NotEqual(0, (await guest.RunAsync(["nslookup", "web.test", "127.0.0.11"])).ExitCode);
    }
}
