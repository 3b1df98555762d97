using System.Globalization;
using System.Text;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Machines.Qemu;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;
using Hearth.Rootfs;

namespace Hearth.Machines.Tests.Nested;

/// <summary>
/// An emulated machine in which KVM works, for what needs that on a host without it. It is Hearth's own QEMU machine: its
/// emulated processor has AMD's virtualisation with nested paging, and kvm_amd is loaded. Its root is this host's, served
/// lazily by Hearth and overlaid with the machine's memory, so that the programs in it are those of the host, at their own
/// paths, and nothing is copied or changed. Disposing of it ends it and leaves nothing.
/// </summary>
internal sealed class NestedMachine : IAsyncDisposable
{
    private const int MemoryInMiB = 2560;
    private const int VirtualCpus = 2;

    /// <summary>What programs need of a host beside the paths that a test names.</summary>
    private static readonly string[] HostPaths = ["bin", "sbin", "lib", "lib64", "usr", "etc"];

    private static readonly string[] Modules = ["erofs", "overlay", "kvm_amd", "fuse", "loop"];

    private readonly TemporaryDirectory directory = new();
    private LazyRootfs? root;
    private IMachine? machine;
    private StreamReader? answers;
    private Stream? channel;

    private NestedMachine()
    {
    }

    /// <summary>Boots it.</summary>
    /// <param name="furtherPaths">Files and directories of the host that are to be there beside its system, the checkout's program and its kernels.</param>
    internal static Task<NestedMachine> BootAsync(params string[] furtherPaths) => BootAsync([], furtherPaths);

    /// <summary>Boots one that can have bridges, taps and rules of nftables.</summary>
    /// <param name="furtherPaths">As for <see cref="BootAsync(string[])"/>.</param>
    internal static Task<NestedMachine> BootWithNetworksAsync(params string[] furtherPaths) => BootAsync(NetworkModules.Find(), furtherPaths);

    private static async Task<NestedMachine> BootAsync(IReadOnlyList<(string Name, byte[] Bytes)> furtherModules, string[] furtherPaths)
    {
        NestedMachine nested = new();
        try
        {
            await nested.StartAsync(furtherModules, [AppContext.BaseDirectory, TestKernels.Store, .. furtherPaths]);
            return nested;
        }
        catch
        {
            await nested.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a shell line in it, as root; its standard input is empty. With -diagnostics, what it writes is told as it comes.</summary>
    /// <returns>What it wrote to either output, and its status.</returns>
    internal async Task<(string Output, int Status)> RunAsync(string line, TimeSpan limit)
    {
        await channel!.WriteAsync(Encoding.UTF8.GetBytes(line + "\n")).AsTask().WaitAsync(Deadlines.Guest);
        StringBuilder output = new();
        using CancellationTokenSource deadline = new(limit);
        while (true)
        {
            string answer = await ReadLineAsync($"'{line}' wrote: {output}", deadline.Token);
            if (answer.StartsWith(NestedScript.StatusPrefix, StringComparison.Ordinal))
            {
                return (output.ToString().TrimEnd('\n'), int.Parse(answer[NestedScript.StatusPrefix.Length..], CultureInfo.InvariantCulture));
            }

            TestContext.Current.SendDiagnosticMessage(answer);
            output.Append(answer).Append('\n');
        }
    }

    public async ValueTask DisposeAsync()
    {
        answers?.Dispose();
        if (machine is not null)
        {
            await machine.DisposeAsync();
        }

        if (root is not null)
        {
            await root.DisposeAsync();
        }

        directory.Dispose();
    }

    private async Task StartAsync(IReadOnlyList<(string Name, byte[] Bytes)> furtherModules, IEnumerable<string> paths)
    {
        RootfsOptions tree = new()
        {
            CrossMounts = true,
            Include = [.. HostPaths, .. paths.Select(path => Path.GetFullPath(path).Trim('/'))],
        };
        root = await LazyRootfs.ServeAsync(new DirectoryRoot("/", tree), tree, cache: null, mountPoint: null, new Timeline(TimeProvider.System, TimeProvider.System.GetTimestamp()), default);

        QemuDriver driver = new(TestEnvironment.Own, Accelerator.Tcg);
        Dictionary<string, byte[]> scripts = new()
        {
            [Path.GetFileName(NestedScript.Path)] = Encoding.UTF8.GetBytes(NestedScript.Enter),
            ["serve.sh"] = Encoding.UTF8.GetBytes(NestedScript.Serve),
        };
        for (int i = 0; i < furtherModules.Count; i++)
        {
            scripts[$"{NestedScript.FurtherModules}{i:00}-{furtherModules[i].Name}.ko"] = furtherModules[i].Bytes;
        }

        machine = driver.Configure(new MachineConfiguration
        {
            Id = "nested-" + Guid.NewGuid().ToString("n")[..12],
            RunDirectory = Directory.CreateDirectory(directory["run"]).FullName,
            KernelPath = TestKernels.Newest().ImagePath,
            InitramfsPath = GuestImages.Write(directory, "nested", driver.GuestModules.Concat(Modules), scripts),
            KernelArguments = ["rdinit=" + NestedScript.Path],
            VirtualCpus = VirtualCpus,
            MemoryInMiB = MemoryInMiB,
            Drives = [new MachineDrive("host", root.ImagePath, ReadOnly: true)],
            Channel = MachineLab.Channel,
        });
        await machine.BootAsync().WaitAsync(Deadlines.Guest);
        channel = await machine.OpenChannelAsync().WaitAsync(Deadlines.Guest);
        answers = new StreamReader(channel);
        using CancellationTokenSource deadline = new(Deadlines.Guest);
        Assert.Equal(NestedScript.Greeting, await ReadLineAsync("it has not greeted", deadline.Token));
    }

    /// <summary>An end without a word is told with what the console said.</summary>
    private async Task<string> ReadLineAsync(string state, CancellationToken deadline)
    {
        string? line;
        try
        {
            line = await answers!.ReadLineAsync(deadline);
        }
        catch (OperationCanceledException)
        {
            line = null;
            state = "the time is over, and " + state;
        }

        if (line is not null)
        {
            return line;
        }

        machine!.Kill();
        MachineExit exit = await machine.Exited.WaitAsync(Deadlines.Death, CancellationToken.None);
        Assert.Fail($"the nested machine does not answer: {state}\nits console: {exit.ConsoleTail}");
        return "";
    }
}
