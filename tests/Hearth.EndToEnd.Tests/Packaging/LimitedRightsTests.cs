using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Packaging;

/// <summary>Root without all of root's capabilities, as in containers of engines.</summary>
public sealed class LimitedRightsTests : IDisposable
{
    private const string Message = "cannot confine the machine: this process lacks CAP_SYS_CHROOT, CAP_KILL; give the container that hearth runs in these capabilities: --cap-add SYS_CHROOT,KILL";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_run_and_the_doctor_name_the_missing_ones_before_anything_is_prepared()
    {
        CommandResult run = RunLimited("run", "--rm", BusyboxTree.Make(sandbox), "true");
        Assert.Equal((125, $"hearth: {Message}\n"), (run.ExitCode, run.ErrorText));

        CommandResult doctor = RunLimited("doctor", "--format", "json");
        Assert.Equal(1, doctor.ExitCode);
        JsonElement need = JsonDocument.Parse(doctor.Output).RootElement.EnumerateArray().Single(need => need.GetProperty("name").GetString() == "capabilities");
        Assert.Equal("this process lacks CAP_SYS_CHROOT, CAP_KILL", need.GetProperty("finding").GetString());
    }

    private CommandResult RunLimited(params string[] arguments)
    {
        using Command command = sandbox.StartProgram("setpriv", ["--bounding-set", "-sys_chroot,-kill", "--inh-caps", "-all", Programs.Hearth, .. arguments]);
        command.CloseInput();
        return command.Wait();
    }
}
