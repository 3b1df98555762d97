using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Hearth.EndToEnd.Tests.Support;

/// <summary>
/// State and run directories of one test's own. Disposing it fails the test if a process, mount, loop device,
/// socket or file of Hearth's is left over.
/// </summary>
internal sealed class Sandbox : IDisposable
{
    /// <summary>Characters of a command line in a message: a monitor's whole one hides what else the message says.</summary>
    private const int MostDescribed = 100;

    private static readonly TimeSpan ReapDeadline = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, string> environment;

    public Sandbox()
    {
        Root = Directory.CreateTempSubdirectory("hearth-e2e-").FullName;
        environment = new Dictionary<string, string>
        {
            ["HEARTH_STATE_DIR"] = StateDirectory,
            ["HEARTH_RUN_DIR"] = RunDirectory,
            ["HEARTH_CGROUP_PARENT"] = GroupName,

            // A network would change the machine's own namespace. NetworkTests have one of their own.
            ["HEARTH_NETWORK"] = "none",
        };
    }

    public string Root { get; }

    public string StateDirectory => Path.Combine(Root, "state");

    public string RunDirectory => Path.Combine(Root, "run");

    /// <summary>The control group of this sandbox's containers, beneath that of the tests.</summary>
    public string GroupName => Path.GetFileName(Root);

    /// <summary>A path for a file of the test's own.</summary>
    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Sets a variable for all programs that start later.</summary>
    public void Set(string name, string value) => environment[name] = value;

    /// <summary>Makes a directory tree of the test's own with one file per entry.</summary>
    public string MakeTree(string name, params (string Path, string Text)[] files)
    {
        string tree = Directory.CreateDirectory(PathOf(name)).FullName;
        foreach ((string path, string text) in files)
        {
            string full = Path.Combine(tree, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }

        return tree;
    }

    /// <summary>Starts hearth with these arguments and this sandbox's directories; a container that it runs leaves nothing.</summary>
    public Command Start(params string[] arguments) => StartKeeping(WithRemoval(arguments));

    /// <summary>A command line whose container, if it runs one, leaves nothing; global flags may stand before the command.</summary>
    public static string[] WithRemoval(string[] arguments) => arguments switch
    {
        ["run", .. string[] rest] => ["run", "--rm", .. rest],
        [string flag, string value, "run", .. string[] rest] => [flag, value, "run", "--rm", .. rest],
        _ => arguments,
    };

    /// <summary>Starts hearth with these arguments and this sandbox's directories; a container that it runs stays until it is removed.</summary>
    public Command StartKeeping(params string[] arguments) => Command.Start(Programs.Hearth, arguments, environment);

    /// <summary>Starts any program with this sandbox's directories in its environment.</summary>
    public Command StartProgram(string program, params string[] arguments) => Command.Start(program, arguments, environment);

    /// <summary>Runs hearth to its end with nothing on standard input.</summary>
    public CommandResult Run(params string[] arguments)
    {
        using Command command = Start(arguments);
        command.CloseInput();
        return command.Wait();
    }

    /// <summary>Runs hearth to its end as <see cref="StartKeeping"/> does, fails the test unless it succeeded, and gives its output without the last line's end.</summary>
    public string Hearth(params string[] arguments)
    {
        using Command command = StartKeeping(arguments);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, $"hearth {string.Join(' ', arguments)} ended with {result.ExitCode}.\nstdout: {result.OutputText}\nstderr: {result.ErrorText}");
        return result.OutputText.TrimEnd('\n');
    }

    /// <summary>A member of what <c>inspect</c> tells of a container, by its names: "State.Status".</summary>
    public string Inspect(string container, string members)
    {
        JsonElement element = JsonDocument.Parse(Hearth("inspect", container)).RootElement[0];
        return members.Split('.').Aggregate(element, (at, name) => at.ValueKind == JsonValueKind.Array ? at[int.Parse(name, CultureInfo.InvariantCulture)] : at.GetProperty(name)).ToString();
    }

    /// <summary>The process that keeps a container.</summary>
    public int KeeperOf(string container) => int.Parse(Inspect(container, "keeperPid"), CultureInfo.InvariantCulture);

    /// <summary>Runs hearth to its end and fails the test unless it gave this status.</summary>
    public CommandResult RunExpecting(int exitCode, params string[] arguments)
    {
        CommandResult result = Run(arguments);
        Assert.True(result.ExitCode == exitCode, $"hearth {string.Join(' ', arguments)} ended with {result.ExitCode}, not {exitCode}.\nstdout: {result.OutputText}\nstderr: {result.ErrorText}");
        return result;
    }

    /// <summary>
    /// After a keeper was killed: its machine's user is free when the kernel has removed the last process; then a start releases it.
    /// </summary>
    public void WaitForUsers() => WaitUntil(
        () =>
        {
            Hearth("run", "--rm", "--network", "none", PathOf("busybox"), "busybox", "true");
            return Directory.GetFiles(PathOf("state/users")).Length == 0;
        },
        "the release of the machine's user",
        TimeSpan.FromSeconds(60));

    /// <summary>The virtual machine monitors that this sandbox's containers run in.</summary>
    public IReadOnlyList<int> MonitorProcesses() =>
        [.. OwnProcesses().Where(pid => CommandLineOf(pid).Contains("qemu-system", StringComparison.Ordinal) || ReadOrEmpty($"/proc/{pid}/comm") == "firecracker\n")];

    /// <summary>The files in a state or run directory, but for what the cache remembers of directories.</summary>
    public static IReadOnlyList<string> FilesIn(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/cache/names/", StringComparison.Ordinal))];

    /// <summary>Waits until a condition on this sandbox holds, watching rather than guessing a delay.</summary>
    public static void WaitUntil(Func<bool> condition, string what, TimeSpan? deadline = null)
    {
        long start = Stopwatch.GetTimestamp();
        using var tick = new ManualResetEventSlim();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < (deadline ?? TimeSpan.FromMinutes(1)), $"waited in vain: {what}");
            tick.Wait(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Fails if a part of a container outlived it.</summary>
    public void AssertNothingLeft()
    {
        WaitUntil(() => OwnProcesses().Count == 0, $"these processes were left over: {string.Join("; ", OwnProcesses().Select(Describe))}", ReapDeadline);
        Assert.Empty(MountPoints());
        WaitUntil(
            () => !Directory.EnumerateDirectories("/sys/block", "loop*").Select(LoopBackingFile).Any(file => file.Contains(Root, StringComparison.Ordinal)),
            "a loop device was left over",
            ReapDeadline);
        Assert.Empty(ContainerFiles());
        Assert.Empty(ControlGroups());
    }

    public void Dispose()
    {
        try
        {
            AssertNothingLeft();
        }
        finally
        {
            // For a test that failed: what it left must not trouble the others.
            OwnProcesses().ForEach(pid => Process.Start("kill", ["-KILL", $"{pid}"]).WaitForExit());
            foreach (string mountPoint in MountPoints().Reverse())
            {
                Process.Start("umount", ["--lazy", mountPoint]).WaitForExit();
            }

            // Not .NET's own: names of any bytes are among the files.
            Process.Start("rm", ["-rf", Root]).WaitForExit();
        }
    }

    /// <summary>Runs commands until what killed keepers left is gone: each takes away what no process has any more, and a killed machine's process is there until it is reaped.</summary>
    public void SettleCrashes() =>
        WaitUntil(() => Hearth("ps", "-aq").Length == 0 && ContainerFiles().Count == 0, $"what was left: {string.Join(' ', ContainerFiles())}");

    /// <summary>Files and sockets of containers in the run and state directories; locks, images, imported kernels, named volumes and the journal of events are no leftovers.</summary>
    public IReadOnlyList<string> ContainerFiles() =>
        [.. new[] { RunDirectory, StateDirectory }.Where(Directory.Exists)
            .SelectMany(directory => Directory.EnumerateFileSystemEntries(directory, "*", SearchOption.AllDirectories))
            .Where(path => !Directory.Exists(path) || Path.GetFileName(Path.GetDirectoryName(path)) is "containers" or "records")
            .Where(path => !path.EndsWith(".lock", StringComparison.Ordinal) && !path.StartsWith(Path.Combine(StateDirectory, "kernels"), StringComparison.Ordinal)
                && !path.StartsWith(Path.Combine(StateDirectory, "images"), StringComparison.Ordinal)
                && !path.StartsWith(Path.Combine(StateDirectory, "cache"), StringComparison.Ordinal)
                && !path.StartsWith(Path.Combine(RunDirectory, "events"), StringComparison.Ordinal)
                && (!path.StartsWith(Path.Combine(StateDirectory, "volumes"), StringComparison.Ordinal) || path.Contains("/volumes/.", StringComparison.Ordinal)))];

    /// <summary>The control groups of this sandbox, in every hierarchy.</summary>
    public IReadOnlyList<string> ControlGroups() =>
        [.. Directory.EnumerateDirectories("/sys/fs/cgroup", GroupName, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })];

    /// <summary>The processes of this sandbox's containers.</summary>
    /// <remarks>The program's environment holds this sandbox's unique path, and so does QEMU's command line; a jailed Firecracker has its name in the group alone.</remarks>
    public List<int> OwnProcesses()
    {
        var own = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) && pid != Environment.ProcessId && IsOwn(directory))
            {
                own.Add(pid);
            }
        }

        return own;
    }

    private bool IsOwn(string process) =>
        (ReadOrEmpty(process + "/environ") + ReadOrEmpty(process + "/cmdline")).Contains(Root, StringComparison.Ordinal)
        || ReadOrEmpty(process + "/cgroup").Contains(GroupName, StringComparison.Ordinal);

    private IEnumerable<string> MountPoints() =>
        File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]).Where(path => path.StartsWith(Root, StringComparison.Ordinal));

    /// <summary>A process's command line, with a space after each word.</summary>
    public static string CommandLineOf(int pid) => ReadOrEmpty($"/proc/{pid}/cmdline").Replace('\0', ' ');

    private static string Describe(int pid)
    {
        string line = CommandLineOf(pid);
        return $"{pid} {line[..Math.Min(line.Length, MostDescribed)]}";
    }

    private static string LoopBackingFile(string loop) => ReadOrEmpty(Path.Combine(loop, "loop", "backing_file"));

    // A process may end between the listing and the reading; some of the system's show themselves to nobody.
    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
