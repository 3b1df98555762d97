using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests;

/// <summary>
/// A keeper that is killed between two steps of the network's set-up or removal. strace(1) lists the keeper's system calls, and kills
/// it when it is about to make a certain one. The machine is a program that sleeps: every step of the network comes before the boot.
/// </summary>
public sealed partial class KilledKeeperTests : IDisposable
{
    private const string Calls = "sendto,sendmsg,ioctl,pwrite64,rename";

    private static readonly string[] network =
        ["--network", "nat", "--ip", "172.29.0.200", "-p", "8080:80", "--publish-loopback", "-p", "8081:81/udp", "--allow", "10.0.0.0/8:80", "--egress", "deny", "--network-rate", "10m"];

    private readonly Sandbox sandbox = new();
    private readonly string trace;

    public KilledKeeperTests() => trace = sandbox.PathOf("trace");

    public void Dispose() => sandbox.Dispose();

    /// <summary>Half of it takes a minute or more; <c>./dev soak</c> runs that.</summary>
    [Theory]
    [InlineData(false, Explicit = true)]
    [InlineData(true)]
    public void What_a_keeper_leaves_that_is_killed_at_a_step_of_the_set_up_is_removed_by_the_next_command(bool isBesideAnother) =>
        NetworkHost.Run(_ => KillAtSteps(isBesideAnother, most: int.MaxValue));

    /// <summary>Of the first container of a network, whose set-up has more steps, some between the first and the last.</summary>
    [Fact]
    public void What_the_keeper_of_a_first_container_leaves_is_removed_by_the_next_command() => NetworkHost.Run(_ => KillAtSteps(isBesideAnother: false, most: 3));

    [Theory]
    [InlineData]
    [InlineData("--egress", "deny", "--allow", "host")]
    public void What_a_keeper_leaves_that_is_killed_while_it_joins_a_namespace_is_undone_by_the_next_command(params string[] policy) => JoinedNetworkTests.OnHost(place =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        sandbox.Hearth(["create", "--name", "box", "--network", "netns:" + place.Path, .. policy, tree, "true"]);
        KillAtSteps(() => JoinedNetworkTests.Describe(place), least: 8, int.MaxValue);

        sandbox.Set("PATH", Environment.GetEnvironmentVariable("PATH")!);
        using JoinedNetworkTests.Server server = new("10.50.0.1");
        Assert.Equal("10.50.0.2\n", sandbox.RunExpecting(0, ["run", "--rm", "--network", "netns:" + place.Path, .. policy, tree, "busybox", "nc", "10.50.0.1", "8080"]).OutputText);
        sandbox.Hearth("rm", "box");
        sandbox.WaitForUsers();
    });

    private void KillAtSteps(bool isBesideAnother, int most)
    {
        Prepare(isBesideAnother);
        KillAtSteps(State, least: 20, most);
        AssertWorks(isBesideAnother);
    }

    private void KillAtSteps(Func<string> state, int least, int most)
    {
        string before = state();
        UseMachine("exit 1");
        RunTraced($"trace={Calls}");
        (string Call, int Number)[] steps = Steps("TUNSETIFF", isWithClient: true);
        Assert.Equal(before, state());
        Assert.True(steps.Length >= least, File.ReadAllText(trace));

        int pace = Math.Max(1, (steps.Length - 1) / most);
        foreach ((string call, int number) in steps.Where((_, index) => index % pace == 0))
        {
            RunTraced($"inject={call}:signal=KILL:when={number}");
            Assert.True(WasKilled(), $"{call} {number}: {File.ReadAllText(trace)}");
            AssertSettles(state, before, $"{call} {number}");
        }
    }

    /// <summary>Half of it takes a minute or more; <c>./dev soak</c> runs that.</summary>
    [Theory]
    [InlineData(false, Explicit = true)]
    [InlineData(true, Explicit = true)]
    public void What_a_keeper_leaves_that_is_killed_at_a_step_of_the_removal_is_removed_by_the_next_command(bool isBesideAnother) => NetworkHost.Run(_ =>
    {
        string before = Prepare(isBesideAnother);
        UseMachine("exec sleep 1000");
        EndTraced($"trace={Calls}");
        (string Call, int Number)[] steps = Steps("RTM_DELLINK", isWithClient: false);
        Assert.Equal(before, State());

        int kills = 0;
        foreach ((string call, int number) in steps)
        {
            EndTraced($"inject={call}:signal=KILL:when={number}");
            AssertSettles(State, before, $"{call} {number}");
            kills += WasKilled() ? 1 : 0;
        }

        // Which of its threads does the work is not always the same, and strace counts each thread's calls.
        Assert.True(kills >= 5 && kills > steps.Length / 2, $"{kills} of {steps.Length} steps:\n{File.ReadAllText(trace)}");
        AssertWorks(isBesideAnother);
    });

    /// <summary>Starts another container of the network if there is to be one.</summary>
    /// <returns>The host's network.</returns>
    private string Prepare(bool isBesideAnother)
    {
        string tree = NetworkHost.MakeTree(sandbox);
        if (isBesideAnother)
        {
            sandbox.Hearth(["run", "-d", "--network", "nat", "--network-rate", "10m", "--name", "web", "-p", "8090:80", tree, .. NetworkHost.Server]);
            NetworkHost.Fetch("127.0.0.1", 8090);
        }

        sandbox.Hearth(["create", "--name", "box", .. network, tree, "true"]);
        return State();
    }

    private void UseMachine(string script)
    {
        string programs = Directory.CreateDirectory(sandbox.PathOf("programs")).FullName;
        string machine = Path.Combine(programs, "qemu-system-x86_64");
        File.WriteAllText(machine, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(machine, (UnixFileMode)0b111_101_101);
        sandbox.Set("PATH", $"{programs}:{Environment.GetEnvironmentVariable("PATH")}");
    }

    private void RunTraced(string what)
    {
        using Command traced = sandbox.StartProgram("strace", "-f", "-o", trace, "-e", $"trace={Calls}", "-e", what, Programs.Hearth, "start", "box");
        traced.CloseInput();
        Assert.NotEqual(0, traced.Wait().ExitCode);
    }

    /// <summary>Starts the container, then traces its keeper while the machine's end makes it remove everything.</summary>
    private void EndTraced(string what)
    {
        using Command start = sandbox.StartKeeping("start", "box");
        int machine = 0;
        Sandbox.WaitUntil(() => (machine = FindMachine()) > 0, "the machine");
        int keeper = sandbox.KeeperOf("box");
        using Command tracer = sandbox.StartProgram("strace", "-f", "-p", $"{keeper}", "-o", trace, "-e", $"trace={Calls}", "-e", what);
        Sandbox.WaitUntil(() => Directory.GetDirectories($"/proc/{keeper}/task").All(IsTraced), "the tracer");
        Signals.Send(machine, SignalNumber.Kill);
        start.Wait();
        tracer.Wait();
    }

    private int FindMachine() => sandbox.OwnProcesses().FirstOrDefault(pid => Sandbox.CommandLineOf(pid) == "sleep 1000 ");

    private bool WasKilled() => File.ReadAllText(trace).Contains("+++ killed by SIGKILL +++", StringComparison.Ordinal);

    private static bool IsTraced(string task) => !File.ReadAllText(task + "/status").Contains("TracerPid:\t0\n", StringComparison.Ordinal);

    /// <summary>The keeper's calls that change something and the one after the last, each with its number among calls of its name, as strace counts them.</summary>
    private (string Call, int Number)[] Steps(string mark, bool isWithClient)
    {
        string[] lines = [.. File.ReadAllLines(trace).Where(line => CallName().IsMatch(line))];
        string client = isWithClient ? lines[0].Split(' ')[0] : "none";
        string keeper = lines.First(line => line.Contains(mark, StringComparison.Ordinal)).Split(' ')[0];
        Dictionary<string, int> made = lines.Where(line => line.StartsWith(client, StringComparison.Ordinal)).CountBy(NameOf).ToDictionary();

        // Interfaces and rules are removed on different threads.
        string[] threads = isWithClient ? [keeper] : [.. lines.Select(line => line.Split(' ')[0]).Distinct()];
        return [.. threads.SelectMany(thread => StepsOf([.. lines.Where(line => line.StartsWith(thread + " ", StringComparison.Ordinal))], made)).Distinct()];
    }

    private static List<(string Call, int Number)> StepsOf(string[] lines, Dictionary<string, int> made)
    {
        Dictionary<string, int> counts = [];
        List<(string Call, int Number)> steps = [];
        bool wasChange = false;
        foreach (string line in lines)
        {
            string name = NameOf(line);
            counts[name] = counts.GetValueOrDefault(name) + 1;

            // The client makes some of these calls too, and must not be killed: the call before or after such a one comes as close.
            bool isChange = Change().IsMatch(line);
            if ((isChange || wasChange) && counts[name] > made.GetValueOrDefault(name))
            {
                steps.Add((name, counts[name]));
            }

            wasChange = isChange;
        }

        return steps;
    }

    private static string NameOf(string line) => CallName().Match(line).Groups[1].Value;

    /// <summary>Runs the next command, and compares the network with what it was.</summary>
    private void AssertSettles(Func<string> state, string before, string when)
    {
        sandbox.Hearth("ps");
        Assert.Equal((when, before), (when, state()));
    }

    /// <summary>The host's interfaces, rules and forwarding, without what changes by itself.</summary>
    private static string State()
    {
        string rules = Command.Tool("nft", "list", "ruleset");
        return $"{string.Join(' ', NetworkHost.Links())}\nforwarding {NetworkHost.Forwarding}\n{Counter().Replace(rules, "")}";
    }

    private void AssertWorks(bool isBesideAnother)
    {
        sandbox.Set("PATH", Environment.GetEnvironmentVariable("PATH")!);
        sandbox.Hearth(["run", "-d", "--name", "new", .. network, sandbox.PathOf("busybox"), .. NetworkHost.Server]);
        Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", 8080));
        sandbox.Hearth("rm", "-f", "new", "box");
        if (isBesideAnother)
        {
            Assert.Equal(NetworkHost.Page, NetworkHost.Fetch("127.0.0.1", 8090));
            sandbox.Hearth("rm", "-f", "web");
        }

        sandbox.WaitForUsers();
        Assert.Equal("", Command.Tool("nft", "list", "ruleset"));
    }

    /// <summary>strace(1) of Debian 12 prints some messages of rtnetlink as numbers: 0x10, 0x11 and 0x13 are RTM_NEWLINK, RTM_DELLINK and RTM_SETLINK.</summary>
    [GeneratedRegex("rename\\(|pwrite64\\(|TUNSET|BATCH_BEGIN|RTM_(NEW|DEL|SET)|nlmsg_type=0x1[013] ")]
    private static partial Regex Change();

    [GeneratedRegex("^\\d+ +(\\w+)\\(")]
    private static partial Regex CallName();

    [GeneratedRegex("packets \\d+ bytes \\d+| expires \\w+")]
    private static partial Regex Counter();
}
