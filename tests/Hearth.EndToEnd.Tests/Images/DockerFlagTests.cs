using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Images;

/// <summary>docs/images.md says what docker's commands of images have that Hearth's have not.</summary>
public sealed partial class DockerFlagTests : IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("pull")]
    [InlineData("push")]
    [InlineData("images")]
    [InlineData("rmi")]
    [InlineData("tag")]
    [InlineData("history")]
    [InlineData("save")]
    [InlineData("load")]
    [InlineData("import")]
    [InlineData("commit")]
    [InlineData("run")]
    [InlineData("create")]
    [InlineData("image ls")]
    [InlineData("image inspect")]
    [InlineData("image prune")]
    public void Every_flag_of_dockers_is_there_or_listed_with_a_reason(string command)
    {
        string document = File.ReadAllText(Path.Combine(Programs.Repository, "docs/images.md"));
        string section = document.Split("## What docker has and Hearth has not")[1].Split("\n## ")[0];
        string[] listed = [.. Flag().Matches(section).Select(match => match.Value)];
        using Command docker = sandbox.StartProgram("/usr/bin/docker", [.. command.Split(' '), "--help"]);
        docker.CloseInput();
        string[] flags = [.. Line().Matches(docker.Wait().OutputText).Select(match => match.Groups[1].Value).Where(flag => flag != "--help")];
        string own = sandbox.Hearth([.. command.Split(' '), "--help"]);
        string[] ours = [.. Flag().Matches(own).Select(match => match.Value)];

        Assert.True(flags.Length > 0 || command == "tag", "docker's help has no flags");
        Assert.Equal([], flags.Where(flag => !ours.Contains(flag) && !listed.Any(word => word == flag || (word.EndsWith('*') && flag.StartsWith(word[..^1], StringComparison.Ordinal)))));
    }

    [GeneratedRegex(@"--[a-z0-9-]+\*?")]
    private static partial Regex Flag();

    [GeneratedRegex(@"^\s+(?:-[a-zA-Z], )?(--[a-z0-9-]+)", RegexOptions.Multiline)]
    private static partial Regex Line();
}
