using System.Text.Json;
using Hearth.Cli.Oci;
using Hearth.Cli.Tests.Support;
using Hearth.Containers.Diagnostics;

namespace Hearth.Cli.Tests.Oci;

public sealed class OciLogTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-cli-").FullName;
    private readonly StringWriter error = new();

    private static Diagnostic Warning(string text) => Diagnostic.Warning(DiagnosticCode.BundleMemberIgnored, text);

    private string File => Path.Combine(directory, "log.json");

    [Theory]
    [InlineData("plain", "msg=plain")]
    [InlineData("two words", "msg=\"two words\"")]
    [InlineData("", "msg=\"\"")]
    [InlineData("a \"quoted\" \\ line\nand\tanother\u0001", "msg=\"a \\\"quoted\\\" \\\\ line\\nand\\tanother\\x01\"")]
    public void A_line_of_text_is_logrus_form(string message, string form)
    {
        Log(File, OciLogFormat.Text).Fail(message);
        Assert.Equal($"time=\"2030-01-02T03:04:05Z\" level=error {form}\n", System.IO.File.ReadAllText(File));
        Assert.Equal(message + "\n", error.ToString());
    }

    /// <summary>An engine without a log of its own shows all that the command wrote.</summary>
    [Fact]
    public void A_failure_that_nothing_but_the_caller_reads_is_its_sentence_alone()
    {
        OciLog log = Log(null, OciLogFormat.Text);
        log.HoldBack();
        log.Add(Warning("hooks are not honoured"));
        log.Fail("container does not exist");
        Assert.Equal("container does not exist\n", error.ToString());
    }

    [Fact]
    public void Warnings_that_are_held_back_are_written_where_there_is_no_failure()
    {
        OciLog log = Log(null, OciLogFormat.Text);
        log.HoldBack();
        log.Add(Warning("first"));
        Assert.Equal("", error.ToString());
        log.Release();
        log.Add(Warning("second"));
        Assert.Equal("time=\"2030-01-02T03:04:05Z\" level=warning msg=first\ntime=\"2030-01-02T03:04:05Z\" level=warning msg=second\n", error.ToString());
    }

    [Fact]
    public void A_file_gets_a_json_object_a_line_and_the_caller_the_failure_alone()
    {
        System.IO.File.WriteAllText(File, "{\"level\":\"info\"}\n");
        OciLog log = Log(File, OciLogFormat.Json);
        log.Debug("left out");
        log.Add(Warning("hooks \"x\"\n\u00e4"));
        log.Fail("container does not exist");

        string[] lines = System.IO.File.ReadAllLines(File);
        Assert.Equal(3, lines.Length);
        Assert.Equal("{\"level\":\"error\",\"msg\":\"container does not exist\",\"time\":\"2030-01-02T03:04:05Z\"}", lines[2]);
        using JsonDocument warning = JsonDocument.Parse(lines[1]);
        Assert.Equal(("warning", "hooks \"x\"\n\u00e4"), (warning.RootElement.GetProperty("level").GetString(), warning.RootElement.GetProperty("msg").GetString()));
        Assert.Equal("container does not exist\n", error.ToString());
    }

    [Fact]
    public void Details_are_written_where_they_were_asked_for()
    {
        new OciLog(null, OciLogFormat.Text, withDetails: true, error, new FixedClock()).Debug("more");
        Assert.Contains("level=debug msg=more", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_lost_with_a_log_that_cannot_be_written()
    {
        Log(Path.Combine(directory, "no", "log"), OciLogFormat.Json).Fail("the reason");
        Assert.Contains("cannot write to the log", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("the reason", error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        error.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private OciLog Log(string? path, OciLogFormat format) => new(path, format, withDetails: false, error, new FixedClock());
}
