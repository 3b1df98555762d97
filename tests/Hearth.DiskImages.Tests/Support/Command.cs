using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Runs a program to its end and keeps what it wrote, as bytes.</summary>
public static class Command
{
    public sealed record Outcome(int ExitCode, byte[] Output, string Errors)
    {
        public string Text => Encoding.UTF8.GetString(Output);
    }

    /// <summary>Runs a program that has to succeed, and gives its output.</summary>
    public static byte[] Run(string program, IReadOnlyList<string> arguments)
    {
        Outcome outcome = Try(program, arguments);
        Assert.True(outcome.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {outcome.ExitCode}: {outcome.Errors}{outcome.Text}");
        return outcome.Output;
    }

    /// <summary>
    /// Unmounts, lazily: a process that another test starts has, between its fork and its exec, a descriptor of every file that
    /// this one had open, and keeps a mount busy for that moment.
    /// </summary>
    public static void Unmount(string mountPoint) => Run("umount", ["--lazy", mountPoint]);

    public static Outcome Try(string program, IReadOnlyList<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return new Outcome(process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Skips the calling test where the program is not installed.</summary>
    public static void SkipUnlessInstalled(string program, string package)
    {
        try
        {
            Try(program, ["--version"]);
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed (Debian package {package})");
        }
    }
}
