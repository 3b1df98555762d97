using Hearth.Cli.Commands;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Remote;

namespace Hearth.Cli.Tests;

/// <summary>Which host a command works on.</summary>
public sealed class HostFlagsTests : IDisposable
{
    private readonly string place = Directory.CreateTempSubdirectory("hearth-cli-").FullName;
    private readonly Dictionary<string, string> variables = [];

    public HostFlagsTests()
    {
        variables["XDG_CONFIG_HOME"] = place;
        ContextStore store = ContextStore.Of(variables.GetValueOrDefault);
        store.Create(HostContext.Of("current", "", new HostAccess(HostAddress.Parse("unix:///current"))));
        store.Create(HostContext.Of("other", "", new HostAccess(HostAddress.Parse("unix:///other"))));
    }

    public void Dispose() => Directory.Delete(place, recursive: true);

    [Theory]
    [InlineData("", "", null)]
    [InlineData("--host unix:///flag", "HEARTH_HOST=unix:///variable HEARTH_CONTEXT=other use", "unix:///flag")]
    [InlineData("--context other", "HEARTH_HOST=unix:///variable use", "unix:///other")]
    [InlineData("--context default", "HEARTH_HOST=unix:///variable use", null)]
    [InlineData("", "HEARTH_HOST=unix:///variable HEARTH_CONTEXT=other use", "unix:///variable")]
    [InlineData("", "HEARTH_CONTEXT=other use", "unix:///other")]
    [InlineData("", "HEARTH_CONTEXT=default use", null)]
    [InlineData("", "HEARTH_HOST= HEARTH_CONTEXT= use", "unix:///current")]
    [InlineData("--state-dir /state", "HEARTH_HOST=unix:///variable use", null)]
    [InlineData("--run-dir /run", "HEARTH_CONTEXT=other", null)]
    public void The_first_of_flags_variables_and_the_current_context_counts(string flags, string environment, string? expected) =>
        Assert.Equal(expected, Find(flags, environment)?.ToString());

    [Theory]
    [InlineData("--host unix:///a --context other", "cannot be given together")]
    [InlineData("--host unix:///a --state-dir /s", "cannot be given with --host")]
    [InlineData("--context other --run-dir /s", "cannot be given with --context")]
    [InlineData("--token-file /t", "--token-file needs --host")]
    [InlineData("--context other --tls-ca /t", "--tls-ca needs --host")]
    public void Flags_that_contradict_each_other_are_refused(string flags, string expected) =>
        Assert.Contains(expected, Assert.Throws<UsageException>(() => Find(flags, "")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("--context nothing", "there is no context 'nothing'")]
    [InlineData("--host https://a:1 --tls-ca /nonexistent", "cannot read the file of --tls-ca")]
    [InlineData("--host ssh://a", "ssh -nNT -L")]
    public void Hosts_that_cannot_be_reached_are_named(string flags, string expected) =>
        Assert.Contains(expected, Assert.Throws<HearthException>(() => Find(flags, "")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("rootfs plan /")]
    [InlineData("kernel prune")]
    [InlineData("login -u a -p b example.org")]
    [InlineData("logout example.org")]
    [InlineData("image tree x")]
    [InlineData("doctor")]
    public async Task Commands_that_work_with_files_of_their_host_are_refused_for_others(string line)
    {
        using StringWriter error = new();
        CommandContext context = new() { Output = TextWriter.Null, Error = error, Environment = new HostEnvironment(variables), StartTimestamp = 0 };

        Assert.NotEqual(0, await new HearthProgram(context).RunAsync(["--context", "other", .. line.Split(' ')], TestContext.Current.CancellationToken));
        Assert.Contains("on unix:///other: it works with files of the host that it runs on; run it there", error.ToString(), StringComparison.Ordinal);
    }

    private HostAccess? Find(string flags, string environment)
    {
        foreach (string word in environment.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (word == "use")
            {
                ContextStore.Of(variables.GetValueOrDefault).Use("current");
            }
            else
            {
                variables[word.Split('=')[0]] = word.Split('=')[1];
            }
        }

        GlobalFlags global = new();
        Command root = new Command("hearth", "").WithFlags("Flags", [global.StateDirectory, global.RunDirectory, .. global.Host.All]).WithAction(_ => 0);
        ParsedLine line = new LineParser(root).Parse(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return global.FindHost(line, new CommandContext { Output = TextWriter.Null, Error = TextWriter.Null, Environment = new HostEnvironment(variables), StartTimestamp = 0 });
    }
}
