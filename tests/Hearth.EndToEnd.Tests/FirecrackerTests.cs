using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth run --vmm</c>: the same container on Firecracker, and what is told where that cannot be.</summary>
public sealed class FirecrackerTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const string Variable = "HEARTH_FIRECRACKER";

    /// <summary>A container has no /dev/kmsg; the list of magic keys is told at any log level.</summary>
    private const string HaveTheKernelSpeak = "echo h >/proc/sysrq-trigger";

    private const string KernelsWord = "sysrq: HELP";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void The_choice_and_its_reason_stand_in_the_report()
    {
        string tree = sandbox.MakeTree("tree");
        sandbox.RunExpecting(127, "run", "--accel", "tcg", "--report", sandbox.PathOf("report.json"), tree, "nothing-here");

        JsonElement report = JsonDocument.Parse(File.ReadAllText(sandbox.PathOf("report.json"))).RootElement;
        Assert.Equal("qemu", report.GetProperty("vmm").GetString());
        Assert.Equal("emulation was asked for, which Firecracker cannot do", report.GetProperty("vmmReason").GetString());
    }

    [Fact]
    public void A_firecracker_that_cannot_be_had_is_an_error_with_the_next_step()
    {
        string tree = sandbox.MakeTree("tree");
        using Command command = sandbox.StartProgram("env", $"{Variable}={sandbox.PathOf("nowhere")}", Programs.Hearth, "run", "--rm", "--vmm", "firecracker", tree, "true");
        command.CloseInput();
        CommandResult result = command.Wait();

        Assert.Equal(125, result.ExitCode);
        Assert.Contains(sandbox.PathOf("nowhere"), result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("install Firecracker", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("'--vmm qemu'", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void The_guests_console_is_kept_where_it_is_wanted()
    {
        sandbox.RunExpecting(0, "run", "--vmm", "qemu", "--console", sandbox.PathOf("console.log"), debian.Tree, "sh", "-c", HaveTheKernelSpeak);

        Assert.Contains(KernelsWord, File.ReadAllText(sandbox.PathOf("console.log")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_is_the_same_on_firecracker()
    {
        RequireFirecracker();
        CommandResult result = sandbox.RunExpecting(
            7, "run", "--vmm", "firecracker", "--cpus", "2", "--scratch", "64m", "--report", sandbox.PathOf("report.json"), debian.Tree,
            "sh", "-c", "nproc; echo kept >/kept; cat /kept; echo apart >&2; exit 7");

        Assert.Equal("2\nkept\n", result.OutputText);

        // A release with known holes is told of, by Hearth itself.
        Assert.Equal(["apart"], result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("hearth: warning: ", StringComparison.Ordinal)));
        JsonElement report = JsonDocument.Parse(File.ReadAllText(sandbox.PathOf("report.json"))).RootElement;
        Assert.Equal(("firecracker", "kvm"), (report.GetProperty("vmm").GetString(), report.GetProperty("accelerator").GetString()));
    }

    [Fact]
    public void A_console_on_firecracker_tells_what_the_kernel_says()
    {
        RequireFirecracker();
        sandbox.RunExpecting(0, "run", "--vmm", "firecracker", "--console", sandbox.PathOf("console.log"), debian.Tree, "sh", "-c", HaveTheKernelSpeak);

        Assert.Contains(KernelsWord, File.ReadAllText(sandbox.PathOf("console.log")), StringComparison.Ordinal);
    }

    private static void RequireFirecracker()
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)), $"{Variable} names no Firecracker to run: './dev firecracker setup' gets one");
        Assert.SkipUnless(
            File.Exists("/dev/kvm") && File.ReadLines("/proc/cpuinfo").Any(line => line.StartsWith("flags", StringComparison.Ordinal) && line.Split(' ').Any(flag => flag is "vmx" or "svm")),
            "Firecracker needs KVM on a processor that virtualises: NestedMachineTests run this on an emulated one");
    }
}
