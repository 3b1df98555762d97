using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>hearth --host: the same commands on this host and through its hearthd, by a Unix socket and by TCP with a token.</summary>
public sealed partial class RemoteTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();

    private string Image => $"{images.Host}/base:one";

    public void Dispose() => sandbox.Dispose();

    /// <summary>Commands that only read, with a running container 'box' and a created one 'still'.</summary>
    public static readonly string[] Readings =
    [
        "ps -a --format {{.ID}}|{{.Names}}|{{.Image}}|{{.Command}}|{{.Ports}}|{{.State}}", "ps -aq --no-trunc", "ps --filter name=box --format {{.Names}}", "ps --filter nonsense",
        "inspect still", "inspect --format {{.State.Status}}|{{.Id}} box", "inspect nobody", "inspect box nobody --format {{.Name}}",
        "logs box", "logs --tail 1 box", "logs --until 2000-01-01 box", "logs nobody", "top nobody", "port box", "port box 80", "diff box", "diff still",
        "exec box cat /etc/motd", "exec box sh -c exit~3", "exec box nothing", "exec -w /nowhere box true", "exec still true", "exec -e NAME=value box sh -c echo~$NAME;echo~no>&2",
        "images", "images -q --no-trunc", "images --digests --format {{json~.}}", "image inspect base", "image inspect nothing", "history --no-trunc {image}", "history nothing",
        "network ls --no-trunc", "network inspect bridge", "network inspect nothing", "volume ls -q", "volume inspect nothing", "network policy show box", "network explain still 192.0.2.1",
        "start nobody", "stop nobody", "kill nobody", "rm box", "pause still", "unpause box", "rename box still", "update still", "wait nobody", "attach still", "tag nothing x", "rmi nothing",
        "image index base", "image index {image} --format json", "image index nothing", "image trace base", "image trace --rm {image}", "image trace nothing", "cache ls --format json",
        "push nothing", "cp box:/nowhere -", "cp nobody:/ -", "run", "create --network none", "run --pull never nothing", "start box", "events --since 1h --until 0s --format {{.Action}}|{{.Actor.ID}}",
    ];

    [Fact]
    public void Commands_say_the_same_through_a_worker()
    {
        string token = sandbox.PathOf("token");
        File.WriteAllText(token, "0123456789abcdef\n");
        sandbox.Hearth("pull", "-q", Image);
        string keys = sandbox.PathOf("keys");
        TestCertificates.Make(keys);
        using Daemon daemon = new(
            sandbox, "--listen", "http://127.0.0.1:0", "--listen", "https://127.0.0.1:0", "--token-file", token,
            "--tls-cert", $"{keys}/server-cert.pem", "--tls-key", $"{keys}/server-key.pem", "--tls-client-ca", $"{keys}/ca.pem");
        string[] unix = ["--host", $"unix://{daemon.Socket}"];
        string[] tcp = TcpOf(daemon, token);

        string box = sandbox.Hearth([.. unix, "run", "-d", "--name", "box", Image, "sh", "-c", "echo out; echo err >&2; sleep 1000 & wait"]);
        string still = sandbox.Hearth([.. tcp, "create", "--name", "still", "--label", "a=b", Image, "echo", "still"]);
        Assert.Equal([box, still], sandbox.Hearth("ps", "-aq", "--no-trunc").Split('\n').Reverse());
        Sandbox.WaitUntil(() => sandbox.Hearth("logs", "box").Contains("out", StringComparison.Ordinal), "the output");
        foreach (string reading in Readings)
        {
            string[] words = [.. reading.Replace("{image}", Image, StringComparison.Ordinal).Split(' ').Select(word => word.Replace('~', ' '))];
            AssertSame(words, unix);
        }

        // Only the host itself knows what it lacks.
        Assert.Equal(SystemWithoutWarnings([]), SystemWithoutWarnings(unix));
        AssertSame(["ps", "-a"], tcp);
        Assert.Contains("does not let this client in", sandbox.RunExpecting(125, [.. tcp[..2], "ps"]).ErrorText, StringComparison.Ordinal);
        ConnectByTls(daemon.FindAddress("https://127.0.0.1:"), keys);
        ChangeEverything(tcp);
        CarryStreams(unix, tcp);
        LoseTheWorker(daemon, unix);
        UseContexts(TcpOf(daemon, token));
    }

    private string SystemWithoutWarnings(string[] host) => sandbox.Hearth([.. host, "system", "info", "--format", "json"]).Split("\"Warnings\"")[0];

    private static string[] TcpOf(Daemon daemon, string token) =>
        ["--host", daemon.FindAddress("http://127.0.0.1:").Replace("http", "tcp", StringComparison.Ordinal).TrimEnd('/'), "--token-file", token];

    private void ConnectByTls(string address, string keys)
    {
        string[] secure = ["--host", address.TrimEnd('/'), "--tls-ca", $"{keys}/ca.pem"];

        Assert.Equal("from the guest", sandbox.Hearth([.. secure, "--tls-cert", $"{keys}/cert.pem", "--tls-key", $"{keys}/key.pem", "exec", "box", "echo", "from the guest"]));
        Assert.Contains("does not let this client in", sandbox.RunExpecting(125, [.. secure, "ps"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot trust the worker at https://127.0.0.1:", sandbox.RunExpecting(125, [.. secure[..2], "ps"]).ErrorText, StringComparison.Ordinal);
    }

    /// <summary>Runs a command here and there.</summary>
    private void AssertSame(string[] words, string[] host)
    {
        CommandResult here = sandbox.Run(words), there = sandbox.Run([.. host, .. words]);
        string name = string.Join(' ', words);
        Assert.Equal((name, here.ExitCode, Settle(here.OutputText), Settle(here.ErrorText)), (name, there.ExitCode, Settle(there.OutputText), Settle(there.ErrorText)));
    }

    /// <summary>Without the spans of time that pass between two commands, and the widths of columns that follow from them.</summary>
    private static string Settle(string output) => Gaps().Replace(Spans().Replace(output, "TIME"), "  ");

    [GeneratedRegex(" {2,}")]
    private static partial Regex Gaps();

    [GeneratedRegex("[0-9]+ (second|minute)s?|Less than a second|About a minute")]
    private static partial Regex Spans();

    private void ChangeEverything(string[] host)
    {
        string Remote(params string[] words) => sandbox.Hearth([.. host, .. words]);

        Remote("rename", "still", "quiet");
        Assert.Equal("quiet", sandbox.Inspect("quiet", "Name"));
        Remote("update", "--memory", "256m", "quiet");
        Assert.Equal("268435456", sandbox.Hearth("inspect", "--format", "{{.description.Spec.Linux.Resources.Memory.Limit}}", "quiet"));
        Remote("pause", "box");
        Assert.Equal("paused", sandbox.Inspect("box", "State.Status"));
        Remote("unpause", "box");
        File.WriteAllText(sandbox.PathOf("in"), "to the guest\n");
        Remote("cp", sandbox.PathOf("in"), "box:/tmp/in");
        Remote("cp", "box:/tmp/in", sandbox.PathOf("out"));
        Assert.Equal("to the guest\n", File.ReadAllText(sandbox.PathOf("out")));
        Assert.Contains("A /tmp/in", Remote("diff", "box").Split('\n'));
        Remote("export", "-o", sandbox.PathOf("root.tar"), "box");
        Assert.StartsWith("sha256:", Remote("import", sandbox.PathOf("root.tar"), "imported:1"), StringComparison.Ordinal);
        Assert.StartsWith("sha256:", Remote("commit", "box", "made:1"), StringComparison.Ordinal);
        Remote("tag", "made:1", "made:2");
        Remote("save", "-o", sandbox.PathOf("images.tar"), "made:1", "made:2");
        Remote("rmi", "made:1", "made:2", "imported:1");
        Assert.Equal("Loaded image: made:1\nLoaded image: made:2", Remote("load", "-q", "-i", sandbox.PathOf("images.tar")));
        Assert.Contains("Untagged: made:1", Remote("rmi", "made:1", "made:2"), StringComparison.Ordinal);
        Assert.Equal(Image, Remote("pull", "-q", Image));
        Remote("volume", "create", "data");
        Assert.Equal("data", sandbox.Hearth("volume", "ls", "-q"));
        Remote("volume", "rm", "data");
        Remote("network", "create", "front");
        Assert.Contains("front", sandbox.Hearth("network", "ls"), StringComparison.Ordinal);
        Remote("network", "rm", "front");
        Remote("rm", "quiet");
        Assert.Contains("box", Remote("stats", "--no-stream"), StringComparison.Ordinal);
        Assert.Contains("sleep", Remote("top", "box"), StringComparison.Ordinal);
        Assert.Contains("Containers", Remote("system", "df"), StringComparison.Ordinal);
        Assert.StartsWith("sha256:", Remote("image", "index", "--push", Image), StringComparison.Ordinal);
        Remote("run", "--rm", Image, "true");
        string[] prepared = Remote("cache", "ls", "--format", "json").Split("\"key\"");
        Assert.True(prepared.Length > 1, "nothing is prepared");
        Assert.Equal("[]", Remote("cache", "prune", "--unused-for", "1h", "--format", "json"));
        Assert.Equal(sandbox.Hearth("cache", "ls", "--format", "json"), Remote("cache", "ls", "--format", "json"));
        Remote("cache", "prune");
        Assert.All(JsonDocument.Parse(sandbox.Hearth("cache", "ls", "--format", "json")).RootElement.EnumerateArray(), entry => Assert.True(entry.GetProperty("inUse").GetBoolean()));
    }

    /// <summary>Input, exit codes, signals, and what is refused.</summary>
    private void CarryStreams(string[] unix, string[] tcp)
    {
        using (Command cat = sandbox.StartKeeping([.. tcp, "exec", "-i", "box", "cat"]))
        {
            cat.StandardInput.Write(Encoding.UTF8.GetBytes("through two programs"));
            cat.CloseInput();
            Assert.Equal("through two programs", cat.Wait().OutputText);
        }

        using (Command run = sandbox.StartKeeping([.. unix, "run", "--rm", "--name", "short", Image, "sh", "-c", "trap 'echo got it; exit 9' INT; echo up; sleep 1000 & wait"]))
        {
            run.WaitForOutput("up");
            Signals.Send(run.ProcessId, SignalNumber.Interrupt);
            CommandResult end = run.Wait();
            Assert.Equal((9, "up\ngot it\n", ""), (end.ExitCode, end.OutputText, end.ErrorText));
        }

        using (Command following = sandbox.StartKeeping([.. unix, "logs", "-f", "box"]))
        {
            following.WaitForOutput("out");
            sandbox.Hearth([.. tcp, "restart", "-t", "0", "box"]);
            CommandResult end = following.Wait();
            Assert.Equal((0, "out\n", "err\n"), (end.ExitCode, end.OutputText, end.ErrorText));
        }

        Assert.Contains("works with files of the host", sandbox.RunExpecting(1, [.. unix, "rootfs", "plan", "/"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("works with files of the host", sandbox.RunExpecting(1, [.. unix, "login", "-u", "a", "-p", "b", "example.org"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("the root './x' is relative", sandbox.RunExpecting(125, [.. unix, "run", "./x", "true"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot reach the worker at unix:///nowhere", sandbox.RunExpecting(125, ["--host", "unix:///nowhere", "ps"]).ErrorText, StringComparison.Ordinal);
        Assert.Contains("--state-dir and --run-dir", sandbox.RunExpecting(125, [.. unix, "--state-dir", "/x", "ps"]).ErrorText, StringComparison.Ordinal);
    }

    /// <summary>A worker that is killed: what waits or follows goes on with the next one and misses nothing, and what cannot go on says so.</summary>
    private void LoseTheWorker(Daemon daemon, string[] host)
    {
        using Command waiting = sandbox.StartKeeping([.. host, "wait", "box"]);
        using Command following = sandbox.StartKeeping([.. host, "logs", "-f", "box"]);
        using Command events = sandbox.StartKeeping([.. host, "events", "--filter", "type=container", "--format", "{{.Action}}"]);
        Sandbox.WaitUntil(() => sandbox.RunExpecting(0, [.. host, "update", "--memory", "400m", "box"]).ExitCode == 0 && events.HasOutput("update"), "the event of an update that succeeded");
        using Command cat = sandbox.StartKeeping([.. host, "exec", "-i", "box", "cat"]);
        following.WaitForOutput("out");
        cat.StandardInput.Write("there and back\n"u8);
        cat.StandardInput.Flush();
        cat.WaitForOutput("there and back");
        daemon.Restart();

        CommandResult cut = cat.Wait();
        Assert.Equal(125, cut.ExitCode);
        Assert.Contains("was lost", cut.ErrorText, StringComparison.Ordinal);
        sandbox.Hearth([.. host, "stop", "-t", "0", "box"]);
        Assert.Equal("137\n", waiting.Wait().OutputText);
        CommandResult log = following.Wait(), whole = sandbox.Run("logs", "box");
        Assert.Equal((0, whole.OutputText, whole.ErrorText), (log.ExitCode, log.OutputText, log.ErrorText));
        Sandbox.WaitUntil(() => events.HasOutput("stop"), "the last event");
        events.Signal("INT");
        string[] actions = [.. events.Wait().OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(action => action is "die" or "stop")];
        Assert.Equal(["die", "stop"], actions);
    }

    private void UseContexts(string[] tcp)
    {
        sandbox.Set("XDG_CONFIG_HOME", sandbox.PathOf("config"));
        Assert.Equal("work", sandbox.Hearth(["context", "create", "work", "--description", "a worker", .. tcp]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(sandbox.PathOf("config/hearth/contexts/work.json")));
        Assert.Equal("box", sandbox.Hearth("--context", "work", "ps", "-a", "--format", "{{.Names}}"));
        sandbox.Hearth("context", "use", "work");
        Assert.Equal("work", sandbox.Hearth("context", "show"));
        Assert.Equal("box", sandbox.Hearth("rm", "box"));
        Assert.Equal("", sandbox.Hearth("--context", "default", "ps", "-aq"));
        Assert.Contains(tcp[1], sandbox.Hearth("context", "ls"), StringComparison.Ordinal);
        Assert.DoesNotContain("0123456789abcdef", sandbox.Hearth("context", "inspect", "work"), StringComparison.Ordinal);
        sandbox.Hearth("context", "rm", "-f", "work");
        Assert.Equal("default", sandbox.Hearth("context", "show"));
    }
}
