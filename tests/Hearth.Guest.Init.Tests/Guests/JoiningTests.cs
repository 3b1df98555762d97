using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Processes beside the container's first one, and what a process is given besides its user.</summary>
public sealed class JoiningTests(SharedGuest shared) : IClassFixture<SharedGuest>
{
    private const int Kill = 9;

    private TestGuest Guest => shared.Guest;

    [Fact]
    public async Task A_process_that_has_to_join_is_refused_before_the_first_and_after_its_end()
    {
        await using TestGuest guest = await TestGuest.BootAsync(shared.Parts, TestGuest.WritableRoot);
        ProcessResult early = await JoinAsync(guest, "true");
        Assert.Equal(StartFailure.ContainerNotRunning, early.Failure);
        Assert.Contains("not started yet", early.Message);

        TestProcess first = await guest.StartAsync(["cat"]);
        await first.Started.InTime();
        Assert.Equal(0, (await JoinAsync(guest, "true")).ExitCode);
        await first.WriteInputAsync(default);
        await first.ReadToEndAsync().InTime();

        ProcessResult late = await JoinAsync(guest, "true");
        Assert.Equal(StartFailure.ContainerNotRunning, late.Failure);
        Assert.Contains("has ended", late.Message);
    }

    [Fact]
    public async Task Groups_and_the_creation_mask_are_taken_as_asked()
    {
        ProcessResult result = await Guest.RunAsync(
            ["sh", "-c", "id -G; umask; touch /dev/shm/mask; stat -c %a /dev/shm/mask; rm /dev/shm/mask"],
            request => request with { User = "1000:1000", AdditionalGroups = ["7", "1000", "4000000000", "team"], CreationMask = 63 });
        Assert.Equal("1000 7 2000 4000000000\n0077\n600\n", result.OutputText);

        Assert.Equal("0022", await Guest.ShellAsync("umask"));
    }

    [Fact]
    public async Task An_id_is_free_again_when_its_process_has_ended()
    {
        for (int round = 0; round < 3; round++)
        {
            ProcessResult result = await Guest.RunAsync(["sh", "-c", $"exit {round}"], request => request with { ProcessId = "same" });
            Assert.Equal(round, result.ExitCode);
        }
    }

    private static Task<ProcessResult> JoinAsync(TestGuest guest, params string[] arguments) =>
        guest.RunAsync(arguments, request => request with { JoinsContainer = true });
}
