using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>docs/docker-cli.md says which flags docker's commands have and Hearth's have not, for every command that both have.</summary>
public sealed partial class DockerFlagTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    /// <summary>docker's commands without flags of their own.</summary>
    private static readonly string[] withoutFlags = ["pause", "unpause", "port", "rename", "tag", "top", "diff", "wait", "logout", "image tag", "network rm", "context use"];

    public static TheoryData<string> Commands =>
    [
        "run", "create", "start", "stop", "restart", "kill", "pause", "unpause", "wait", "rename", "update", "rm",
        "attach", "exec", "ps", "inspect", "logs", "port", "top", "stats", "cp", "diff", "export", "events", "commit",
        "pull", "push", "images", "rmi", "tag", "history", "save", "load", "import", "login", "logout",
        "image ls", "image inspect", "image prune", "image rm", "image history", "image pull", "image push", "image tag", "image save", "image load", "image import",
        "volume create", "volume ls", "volume inspect", "volume rm", "volume prune",
        "network create", "network ls", "network inspect", "network rm", "network prune", "network connect", "network disconnect",
        "system df", "system prune", "system info", "context create", "context ls", "context inspect", "context use", "context rm",
    ];

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_flag_of_dockers_is_there_or_listed_with_a_reason(string command)
    {
        string[] docker = [.. FlagsOf("/usr/bin/docker", command).Where(flag => flag != "--help")];
        string[] ours = FlagsOf(Programs.Hearth, command);

        Assert.True(docker.Length > 0 || withoutFlags.Contains(command), "docker's help has no flags");
        Assert.Equal([], docker.Except(ours).Except(Listed(command)));
    }

    /// <summary>A flag that is built needs no reason any more.</summary>
    [Fact]
    public void Every_listed_flag_is_dockers_and_not_ours()
    {
        string[] known = [.. Commands.Select(row => row.Data)];
        foreach ((string[] commands, string[] flags) in Rows())
        {
            Assert.Equal([], commands.Except(known));
            Assert.All(flags, flag => Assert.Contains(commands, command => FlagsOf("/usr/bin/docker", command).Contains(flag)));
            Assert.All(commands, command => Assert.Equal([], FlagsOf(Programs.Hearth, command).Intersect(flags)));
        }
    }

    private string[] FlagsOf(string program, string command)
    {
        using Command help = sandbox.StartProgram(program, [.. command.Split(' '), "--help"]);
        help.CloseInput();
        return [.. Line().Matches(help.Wait().OutputText).Select(match => match.Groups[1].Value)];
    }

    private static IEnumerable<string> Listed(string command) => Rows().Where(row => row.Commands.Contains(command)).SelectMany(row => row.Flags);

    private static IEnumerable<(string[] Commands, string[] Flags)> Rows()
    {
        string section = File.ReadAllText(Path.Combine(Programs.Repository, "docs/docker-cli.md")).Split("## What docker has and Hearth has not")[1];
        return section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|')).Select(cells => (WordsOf(cells[1]), WordsOf(cells[2])));
    }

    private static string[] WordsOf(string cell) => [.. Code().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"^\s+(?:-[a-zA-Z], )?(--[a-z0-9-]+)", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
