using Hearth.Fuse.Tests.Support;
using Hearth.Shares.Tests.Support;

namespace Hearth.Shares.Tests;

/// <summary>Several at once: processes of the guest, and the host beside them.</summary>
public sealed class ShareConcurrencyTests
{
    private const int Writers = 6;
    private const int Lines = 400;

    /// <summary>Half of the writers are the host's: what they append never lies over what the guest's do.</summary>
    [Fact]
    public async Task Lines_that_guest_and_host_append_at_once_are_all_there()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Shell.RunWellAsync(
            writer % 2 == 0 ? shared.Mount.Path : shared.Source,
            $"for i in $(seq {Lines}); do echo writer {writer} line $i of many; done >>log")));
        string[] lines = File.ReadAllLines(Path.Combine(shared.Source, "log"));
        Assert.Equal(Writers * Lines, lines.Length);
        Assert.Equal(Writers * Lines, lines.Distinct().Count());
        Assert.All(lines, line => Assert.EndsWith("of many", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Processes_in_one_directory_do_not_trouble_each_other()
    {
        await using SharedDirectory shared = SharedDirectory.Make(options => options with { MaxHeldNodes = 10 });
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Shell.RunWellAsync(
            shared.Mount.Path,
            $"for i in $(seq 60); do mkdir w{writer}-$i && echo $i >w{writer}-$i/f && mv w{writer}-$i/f f{writer}-$i && rmdir w{writer}-$i && ln f{writer}-$i l{writer}-$i && rm f{writer}-$i || exit 1; done; ls >/dev/null")));
        Assert.Equal(Writers * 60, Directory.GetFiles(shared.Source).Length);
        Assert.Equal($"{Writers * 60}", (await Shell.RunWellAsync(shared.Mount.Path, "ls | wc -l")).Trim());
        Assert.Equal("37", (await Shell.RunWellAsync(shared.Mount.Path, "cat l3-37")).Trim());
    }

    [Fact]
    public async Task What_is_written_through_a_mapping_reaches_the_host()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        File.WriteAllText(Path.Combine(shared.Source, "f"), new string('.', 10_000));
        using ServerProcess writer = ServerProcess.Start([], "map-write", Path.Combine(shared.Mount.Path, "f"), "mapped");
        Assert.Equal("mapped", await writer.ReadLineAsync());
        await writer.StopAsync();
        Assert.StartsWith("mapped....", File.ReadAllText(Path.Combine(shared.Source, "f")), StringComparison.Ordinal);
        Assert.Equal(10_000, new FileInfo(Path.Combine(shared.Source, "f")).Length);
    }

    [Fact]
    public async Task A_file_that_the_host_grows_can_be_followed()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        string host = Path.Combine(shared.Source, "log");
        File.WriteAllText(host, "");
        Task<string> follower = Shell.RunWellAsync(shared.Mount.Path, "exec 3<log; n=0; while [ $n -lt 50 ]; do if read -r line <&3; then n=$((n+1)); echo $line; else sleep 0.05; fi; done");
        for (int i = 0; i < 50; i++)
        {
            await File.AppendAllTextAsync(host, $"line {i}\n");
        }

        Assert.Equal(string.Concat(Enumerable.Range(0, 50).Select(i => $"line {i}\n")), await follower);
    }
}
